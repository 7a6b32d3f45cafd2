#include "cli/completion_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// OfferedByBash asks a real bash what it would offer after `line`, whose last word is unfinished.
std::string OfferedByBash(const std::string& words, int cursor) {
  const tests::TempFolder folder;
  const std::string script = folder.Write(
      "script", absl::StrCat(RunForTest({"completion", "bash"}).out, "COMP_WORDS=(", words,
                             ")\nCOMP_CWORD=", cursor, "\n_firebreak\necho \"${COMPREPLY[*]}\"\n"));
  FILE* bash = popen(("bash --norc " + script).c_str(), "r");
  std::string offered;
  std::array<char, 256> part{};
  while (bash != nullptr && fgets(part.data(), part.size(), bash) != nullptr)
    offered += part.data();
  EXPECT_EQ(pclose(bash), 0);
  return offered;
}

TEST(BashCompletion, CompletesCommandsAndOptionsWhereTheyBelong) {
  EXPECT_EQ(OfferedByBash("firebreak flo", 1), "flows\n");
  EXPECT_EQ(OfferedByBash("firebreak --color always flows ''", 4),
            "observe top map verify reconcile import query export views schema -h --help\n");
  EXPECT_EQ(OfferedByBash("firebreak flows observe --verd", 3), "--verdict\n");
  EXPECT_EQ(OfferedByBash("firebreak flows observe flows.j", 3), "\n") << "left to file names";
}

TEST(Completion, KnowsTheWholeTreeInEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const CommandRun run = RunForTest({"completion", shell});
    EXPECT_EQ(run.exit_code, kExitYes);
    EXPECT_THAT(run.out, HasSubstr("firebreak flows observe")) << shell;
    EXPECT_THAT(run.out, HasSubstr("from-principal")) << shell;
    EXPECT_THAT(run.out, Not(HasSubstr("reference"))) << shell << ": a hidden command";
  }
  EXPECT_EQ(RunForTest({"completion", "tcsh"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
