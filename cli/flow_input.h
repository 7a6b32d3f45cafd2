// Flow logs as the input of a command.
#ifndef FIREBREAK_CLI_FLOW_INPUT_H_
#define FIREBREAK_CLI_FLOW_INPUT_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cli/command.h"
#include "flows/flow.h"
#include "flows/flow_file.h"
#include "flows/flow_filter.h"

namespace firebreak::cli {

// ParseMoment takes an RFC 3339 time, or a duration before now such as 5m. The error names the
// option.
absl::StatusOr<absl::Time> ParseMoment(absl::string_view option, absl::string_view value,
                                       absl::Time now);

// BadLines tells of lines that are no flow records: the first of them each, as they come, and their
// number at the end.
class BadLines {
 public:
  static constexpr int kShown = 20;

  explicit BadLines(CommandContext& context) : context_(context) {}
  BadLines(const BadLines&) = delete;
  BadLines& operator=(const BadLines&) = delete;

  void Report(absl::string_view message);
  // Conclude tells how many there were, if any.
  void Conclude() const;
  int count() const { return count_; }

 private:
  CommandContext& context_;
  int count_ = 0;
};

// LogFiles are the logs that a command of `firebreak flows` is about: its arguments, and those
// named with --input-file. "-" is standard input.
struct LogFiles {
  std::vector<std::string> arguments;
  std::vector<std::string> input_files;

  std::vector<std::string> All() const;
};

void AddLogFiles(CLI::App& command, LogFiles& files);

// OpenLogs opens every file. Nothing: there is none, or one cannot be read; it is told of and
// context.exit_code is set. bad_lines must outlive what is returned.
std::optional<flows::FlowFiles> OpenLogs(const LogFiles& files, BadLines& bad_lines,
                                         CommandContext& context);

// WasRead is false, with the error told of and context.exit_code set, where logs ended since one
// could not be read to its end.
bool WasRead(const flows::FlowFiles& logs, CommandContext& context);

// FlowSource is where flows are taken from: logs, or a store.
struct FlowSource {
  LogFiles files;
  std::string store;  // empty: from the logs
};

void AddFlowSource(CLI::App& command, FlowSource& source);

// ForEachFlow gives every line of the logs, merged by time, or every flow of the store, that passes
// the filter to take, and tells of lines that are no records. False, with exit_code set: something
// cannot be read.
bool ForEachFlow(const FlowSource& source, const flows::FlowFilter& filter,
                 const std::function<void(const flows::Flow&)>& take, CommandContext& context);

// FlowInput is --flows, --since and --until as they were typed.
struct FlowInput {
  std::vector<std::string> files;  // "-" is standard input
  std::string store = {};          // of commands that can do with one instead; empty: the files
  std::string since;
  std::string until;
};

// AddFlowInput adds the three options; without required, a command may do without flows.
void AddFlowInput(CLI::App& command, FlowInput& input, bool required);

// ReadFlows gives every flow of the window to take, merged by time, or segment by segment. Lines
// that are no flow are told of on err, the first of them each. False: a file cannot be read, or a
// time is none; it is told of and context.exit_code is set.
bool ReadFlows(const FlowInput& input, const std::function<void(const flows::Flow&)>& take,
               CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOW_INPUT_H_
