#include "cli/policy_fmt_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/testing.h"
#include "config/file_text.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

constexpr char kUgly[] =
    "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
    "metadata:\n   name: ledger\nspec:\n    rules: [{}]  # everybody\n";
constexpr char kNeat[] =
    "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
    "metadata: {name: ledger}\nspec:\n  rules:  # everybody\n  - {}\n";

std::string Contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(PolicyFmt, Prints) {
  const tests::TempFolder folder;
  const CommandRun run = RunForTest({"policy", "fmt", folder.Write("p.yaml", kUgly)});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(run.out, kNeat);
}

TEST(PolicyFmt, FilesThatArePrintedAreOneStreamOfDocuments) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("p.yaml", kUgly);
  const CommandRun run = RunForTest({"policy", "fmt", path, path});
  EXPECT_EQ(run.out, std::string(kNeat) + "---\n" + kNeat);
}

TEST(PolicyFmt, CheckNamesWhatWouldChangeAndWritesNothing) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("p.yaml", kUgly);
  const CommandRun run = RunForTest({"policy", "fmt", "--check", path});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_EQ(run.out, path + "\n");
  EXPECT_EQ(Contents(path), kUgly);
}

TEST(PolicyFmt, WritesInPlaceOnce) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("p.yaml", kUgly);
  EXPECT_EQ(RunForTest({"policy", "fmt", "-w", path}).out, path + "\n");
  EXPECT_EQ(Contents(path), kNeat);
  EXPECT_EQ(RunForTest({"policy", "fmt", "--check", path}).exit_code, kExitYes);
}

TEST(PolicyFmt, OneBadFileAndNothingIsWritten) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("a.yaml", kUgly);
  folder.Write("b.yaml", "kind: Nonsense\n");
  EXPECT_EQ(RunForTest({"policy", "fmt", "-w", folder.path()}).exit_code, kExitUsage);
  EXPECT_EQ(Contents(path), kUgly);
}

TEST(PolicyFmt, LeavesTheModeOfAFile) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("p.yaml", kUgly);
  std::filesystem::permissions(path, std::filesystem::perms{0640});
  ASSERT_EQ(RunForTest({"policy", "fmt", "-w", path}).exit_code, kExitYes);
  EXPECT_EQ(Contents(path), kNeat);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
}

TEST(PolicyFmt, WritesWhatALinkLeadsToAndLeavesTheLink) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("p.yaml", kUgly);
  const std::string link = folder.Path("link.yaml");
  std::filesystem::create_symlink("p.yaml", link);
  EXPECT_EQ(RunForTest({"policy", "fmt", "-w", link}).exit_code, kExitYes);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Contents(path), kNeat);
}

TEST(PolicyFmt, RefusesMoreOnStandardInputThanAFileMayHave) {
  const CommandRun run =
      RunForTest({"policy", "fmt", "-"}, std::string(config::kMaxFileBytes + 1, '\n'));
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_EQ(run.err, "firebreak: standard input: larger than 64 MiB\n");
}

}  // namespace
}  // namespace firebreak::cli
