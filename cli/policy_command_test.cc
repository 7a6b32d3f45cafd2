#include "cli/policy_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

class PolicyCheck : public ::testing::Test {
 protected:
  int Check(const std::vector<std::string>& paths) {
    std::vector<std::string> args = {"policy", "check"};
    args.insert(args.end(), paths.begin(), paths.end());
    const CommandRun run = RunForTest(args);
    out_ = run.out;
    err_ = run.err;
    return run.exit_code;
  }

  const tests::TempFolder folder_;
  std::string out_;
  std::string err_;
};

constexpr char kGood[] =
    "apiVersion: firebreak.dev/v1\n"
    "kind: AuthorizationPolicy\n"
    "metadata: {name: web, namespace: shop}\n"
    "spec:\n"
    "  rules:\n"
    "  - {}\n";

TEST_F(PolicyCheck, CountsWhatLoads) {
  folder_.Write("a.yaml", kGood);
  EXPECT_EQ(Check({folder_.path()}), kExitYes);
  EXPECT_EQ(out_, "1 policy, 1 rule, 2 warnings\n");
  EXPECT_THAT(err_, HasSubstr("warning[FB0372]"));
  EXPECT_EQ(Check({folder_.path(), "--strict"}), kExitNo);
}

TEST_F(PolicyCheck, BadPolicyExits2WithItsPlace) {
  const std::string path = folder_.Write("a.yaml", absl::StrCat(kGood, "  - {whenever: {}}\n"));
  EXPECT_EQ(Check({path}), kExitUsage);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr(absl::StrCat(path, ":7:")));
  EXPECT_THAT(err_, HasSubstr("error[FB0104]"));
}

TEST_F(PolicyCheck, ReadsAListAsKubectlPrintsIt) {
  const std::string list = absl::StrCat("apiVersion: v1\nkind: List\nitems:\n- ",
                                        absl::StrReplaceAll(kGood, {{"\n", "\n  "}}), "\n");
  EXPECT_EQ(Check({folder_.Write("a.yaml", list)}), kExitYes);
  EXPECT_EQ(out_, "1 policy, 1 rule, 2 warnings\n");
  EXPECT_THAT(err_, HasSubstr("a.yaml:9:7: warning[FB0372]"));
}

TEST_F(PolicyCheck, WithAConfigurationSaysWhatItsListenersDoNotLeadTo) {
  const std::string policy = folder_.Write(
      "a.yaml", absl::StrReplaceAll(kGood, {{"{}", "{to: [{operation: {ports: ['9090']}}]}"}}));
  const std::string config = folder_.Write("proxy.yaml", R"(
node: {namespace: shop, workload: web}
trust_domain: shop.example
identity: {files: {certificate_chain: c.pem, private_key: k.pem, trust_bundle: b.pem}}
listeners: [{name: in, direction: INBOUND, address: "127.0.0.1:15006", upstream: "127.0.0.1:8080"}]
policy: {paths: [a.yaml]}
)");
  EXPECT_EQ(Check({policy, "--config", config, "--strict"}), kExitNo);
  EXPECT_THAT(err_, HasSubstr("a.yaml:6:24: warning[FB0351]: no INBOUND listener of this sidecar "
                              "leads to port 9090"));
  EXPECT_THAT(err_, HasSubstr("they lead to 8080"));
  EXPECT_EQ(Check({policy, "--config", folder_.Path("nowhere.yaml")}), kExitUsage);
}

TEST_F(PolicyCheck, MissingFileExits2) {
  EXPECT_EQ(Check({folder_.Path("nowhere.yaml")}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("nowhere.yaml"));
}

TEST_F(PolicyCheck, NoPathIsBadUsage) { EXPECT_EQ(Check({}), kExitUsage); }

}  // namespace
}  // namespace firebreak::cli
