// What every `firebreak` command shares: exit codes, output formats, and where to write.
#ifndef FIREBREAK_CLI_COMMAND_H_
#define FIREBREAK_CLI_COMMAND_H_

#include <iosfwd>
#include <string>

#include "absl/status/status.h"

#include "base/clock.h"

namespace CLI {
class App;
}  // namespace CLI

namespace firebreak::cli {

// Exit codes of every command.
inline constexpr int kExitYes = 0;          // yes, clean, done
inline constexpr int kExitNo = 1;           // the answer is no: denied, differs, failed
inline constexpr int kExitUsage = 2;        // bad usage or unreadable input
inline constexpr int kExitUnreachable = 3;  // the target cannot be reached

enum class OutputFormat { kTable, kWide, kJson, kYaml };
enum class ColorMode { kAuto, kAlways, kNever };

// CommandContext is what a command works with instead of the process's globals. Data goes to out;
// progress, hints and errors go to err. A command sets exit_code; it never calls exit().
struct CommandContext {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  bool out_is_terminal = false;
  bool no_color_set = false;  // NO_COLOR is set and not empty
  ColorMode color = ColorMode::kAuto;
  int exit_code = kExitYes;

  // UseColor says whether data on out is coloured: --color decides; auto means a terminal without
  // NO_COLOR.
  bool UseColor() const;
};

// Each command has a header with `void AddXCommand(CLI::App& app, CommandContext& context)`, which
// adds its sub-commands. The callback runs the command and sets context.exit_code; both arguments
// outlive the parse. The list of commands is in app.cc.

// AddOutputOption adds -o/--output table|wide|json|yaml; format holds the default and the choice.
void AddOutputOption(CLI::App& command, OutputFormat& format);

// Fail writes "firebreak: message" to err and returns kExitUsage, or kExitUnreachable for an
// Unavailable or DeadlineExceeded status. A message of several lines is written as it is, since it
// then carries its own file:line positions.
int Fail(CommandContext& context, const absl::Status& status);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_COMMAND_H_
