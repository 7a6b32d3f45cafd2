#include "cli/policy_import_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

TEST(PolicyImport, PrintsWhatLoads) {
  const tests::TempFolder folder;
  const std::string path = folder.Write(
      "np.yaml",
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: "
      "shop}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  ingress:\n  - from: [{ipBlock: "
      "{cidr: 10.0.0.0/8}}]\n    ports: [{port: 80}]\n");
  const CommandRun run = RunForTest({"policy", "import", path});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  const std::string imported = folder.Write("ours.yaml", run.out);
  EXPECT_EQ(RunForTest({"policy", "check", imported}).exit_code, kExitYes) << run.out;
}

TEST(PolicyImport, WhatCannotBeExpressedIsAnErrorInItsPlace) {
  const tests::TempFolder folder;
  const std::string path = folder.Write(
      "np.yaml",
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec:\n"
      "  podSelector: {}\n  ingress:\n  - ports: [{port: 53, protocol: UDP}]\n");
  const CommandRun run = RunForTest({"policy", "import", path});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("np.yaml:7:13: error[FB0308]: protocol UDP is not TCP"));
}

}  // namespace
}  // namespace firebreak::cli
