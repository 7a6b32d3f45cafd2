// A progress bar for commands that take long, on a terminal only.
#ifndef FIREBREAK_CLI_PROGRESS_BAR_H_
#define FIREBREAK_CLI_PROGRESS_BAR_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cli/command.h"

namespace firebreak::cli {

// ProgressBar shows on err how far a command is, on a terminal and where it takes longer than two
// seconds. It wipes itself out at the end.
class ProgressBar {
 public:
  // what is a word for what is counted: "workloads".
  ProgressBar(absl::string_view what, CommandContext& context);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Show draws at most ten times a second.
  void Show(size_t done, size_t total);

 private:
  const std::string what_;
  CommandContext& context_;
  const absl::Time start_;
  absl::Time next_;
  size_t width_ = 0;  // of what stands there
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_PROGRESS_BAR_H_
