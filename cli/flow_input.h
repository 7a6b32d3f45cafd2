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
#include "cli/flow_question.h"
#include "flows/flow.h"
#include "flows/flow_file.h"
#include "flows/flow_filter.h"

namespace firebreak::cli {

// TimeOption reads the value of an option such as --since: a time, or a duration before now. The
// error names the option. base/moment.h has the grammar.
absl::StatusOr<absl::Time> TimeOption(absl::string_view option, absl::string_view value,
                                      absl::Time now);

// CheckWindow is an error where since is later than until: nothing can be between them.
absl::Status CheckWindow(absl::Time since, absl::Time until);

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

// FollowRotation goes on with the files that logs were rotated to, and tells of what it missed.
void FollowRotation(flows::FlowFiles& logs, CommandContext& context);

// WasRead is false, with the error told of and context.exit_code set, where logs ended since one
// could not be read to its end, or where they have lines and not one is a flow record.
bool WasRead(const flows::FlowFiles& logs, CommandContext& context);

// FlowSource is where flows are taken from: logs, or a store.
struct FlowSource {
  LogFiles files;
  std::string store;  // empty: from the logs
};

void AddFlowSource(CLI::App& command, FlowSource& source);

// ForEachLine gives every line of the logs, merged by time, to take, and tells of lines that are no
// records. It ends early where nothing more can be written to context.out. False, with exit_code
// set: something cannot be read.
bool ForEachLine(const LogFiles& files, const std::function<void(const flows::Flow&)>& take,
                 CommandContext& context);

// ForEachFlow does so with what passes the filters, of the logs or of a store, and tells when that
// is nothing. What a store lacks is one LOST line at the end.
bool ForEachFlow(const FlowSource& source, const FlowQuestion& question,
                 const std::function<void(const flows::Flow&)>& take, CommandContext& context);

// StoredLosses is how many records a store lacks of what the filter asks for, by what the sidecars
// themselves say; nobody knows which they are, so it is all of the time. Nothing, with exit_code
// set: the store cannot be read.
std::optional<uint64_t> StoredLosses(const std::string& folder, const flows::FlowFilter& filter,
                                     CommandContext& context);

// FlowInput is --flows, --since and --until as they were typed, of commands that ask about
// something else than flows.
struct FlowInput {
  std::vector<std::string> files;  // "-" is standard input
  std::string store = {};          // of commands that can do with one instead; empty: the files
  std::string since;
  std::string until;
};

// AddFlowInput adds the three options; without required, a command may do without flows.
void AddFlowInput(CLI::App& command, FlowInput& input, bool required);

// ReadFlows is ForEachFlow with no filter but the times, which may be none: that is told of too.
bool ReadFlows(const FlowInput& input, const std::function<void(const flows::Flow&)>& take,
               CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOW_INPUT_H_
