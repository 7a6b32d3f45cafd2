#include "cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "cli/testing.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(Firebreak, PrintsItsVersionEitherWay) {
  const CommandRun command = RunForTest({"version"});
  EXPECT_EQ(command.exit_code, kExitYes);
  EXPECT_THAT(command.out,
              MatchesRegex("firebreak [0-9.]+ \\(commit ([0-9a-f]{12,40}|unknown)\\)\n"));
  EXPECT_EQ(RunForTest({"--version"}).out, command.out);
}

TEST(Firebreak, HelpGoesToStdoutAndSucceeds) {
  const CommandRun run = RunForTest({"flows", "observe", "--help"});
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.out, HasSubstr("Usage: firebreak flows observe"));
  EXPECT_EQ(run.err, "");
}

TEST(Firebreak, HelpSaysWhatIsRequired) {
  EXPECT_THAT(RunForTest({"certs", "issue", "--help"}).out,
              HasSubstr("Folder of `certs ca init` (required)"));
  EXPECT_THAT(RunForTest({"quarantine", "add", "--help"}).out,
              HasSubstr("Why: stands in the records (required)"));
}

TEST(Firebreak, NoCommandIsBadUsageWithHelpOnStderr) {
  const CommandRun run = RunForTest({});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("flows"));
}

TEST(Firebreak, NamesTheCommandThatWasMeant) {
  const CommandRun top = RunForTest({"flosw"});
  EXPECT_EQ(top.exit_code, kExitUsage);
  EXPECT_THAT(top.err, HasSubstr("unknown command \"flosw\""));
  EXPECT_THAT(top.err, HasSubstr("did you mean \"flows\"?"));
  EXPECT_THAT(RunForTest({"flows", "observ"}).err, HasSubstr("did you mean \"observe\"?"));
}

TEST(Firebreak, TellsOfTheCommandsThereAreWhereNoneIsNear) {
  EXPECT_THAT(RunForTest({"completion", "tcsh"}).err, HasSubstr("help: one of bash, zsh, fish\n"));
  EXPECT_THAT(RunForTest({"flows", "obserev"}).err, Not(HasSubstr("one of")));
}

TEST(Firebreak, NamesTheOptionWhoseValueIsMissing) {
  for (const char* option : {"--last", "--since", "--to-port"}) {
    const CommandRun run = RunForTest({"flows", "observe", "flows.jsonl", option});
    EXPECT_EQ(run.exit_code, kExitUsage);
    EXPECT_THAT(run.err, HasSubstr(absl::StrCat("firebreak: ", option, " needs a value\n")));
  }
  EXPECT_THAT(RunForTest({"policy", "explain", "p.yaml", "--port"}).err,
              HasSubstr("--port needs a value\n"));
}

TEST(Firebreak, RefusesUnknownOptionsAndWords) {
  EXPECT_EQ(RunForTest({"version", "--loud"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"version", "extra"}).exit_code, kExitUsage);
  const CommandRun run = RunForTest({"--color", "alway", "version"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("did you mean \"always\"?"));
}

TEST(Firebreak, NamesTheOptionThatIsUnknownBeforeWhatIsMissing) {
  const CommandRun top = RunForTest({"--versoin"});
  EXPECT_EQ(top.exit_code, kExitUsage);
  EXPECT_THAT(top.err, HasSubstr("unknown option \"--versoin\""));
  EXPECT_THAT(top.err, HasSubstr("did you mean \"--version\"?"));
  const CommandRun below = RunForTest({"quarantine", "add", "--resaon=x"});
  EXPECT_THAT(below.err, HasSubstr("unknown option \"--resaon\""));
  EXPECT_THAT(below.err, HasSubstr("did you mean \"--reason\"?"));
}

TEST(Firebreak, EscapesArgumentsInErrors) {
  EXPECT_THAT(RunForTest({"\x1b[31mred"}).err, HasSubstr("\\x1b[31mred"));
}

TEST(CommandContext, ColoursOnlyWhereColourIsWanted) {
  std::istringstream in;
  std::ostringstream out;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = out, .err = out, .clock = clock};
  EXPECT_FALSE(context.UseColor());
  context.out_is_terminal = true;
  EXPECT_TRUE(context.UseColor());
  context.no_color_set = true;
  EXPECT_FALSE(context.UseColor());
  context.color = ColorMode::kAlways;
  EXPECT_TRUE(context.UseColor());
  context.color = ColorMode::kNever;
  EXPECT_FALSE(context.UseColor());
}

TEST(Fail, TellsUnreachableFromUnusable) {
  std::istringstream in;
  std::ostringstream err;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = err, .err = err, .clock = clock};
  EXPECT_EQ(Fail(context, absl::UnavailableError("no answer")), kExitUnreachable);
  EXPECT_EQ(Fail(context, absl::InvalidArgumentError("a.yaml:1:2: bad\n  x\n")), kExitUsage);
  EXPECT_EQ(err.str(), "firebreak: no answer\na.yaml:1:2: bad\n  x\n");
}

}  // namespace
}  // namespace firebreak::cli
