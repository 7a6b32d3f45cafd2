// `firebreak flows observe`: the work, apart from its options.
#ifndef FIREBREAK_CLI_FLOWS_OBSERVE_H_
#define FIREBREAK_CLI_FLOWS_OBSERVE_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "cli/command.h"
#include "cli/flows_printer.h"
#include "flows/flow_filter.h"

namespace firebreak::cli {

struct ObserveRequest {
  std::vector<std::string> inputs;  // paths; "-" is standard input
  flows::FlowFilter filter;
  std::optional<size_t> last = 20;  // absent: all
  bool follow = false;
  FlowForm form = FlowForm::kCompact;
  absl::TimeZone zone = absl::LocalTimeZone();
};

// Observe prints the matching flows of all inputs, merged by time, then, with follow, those that
// come, until stop is raised. Memory grows with `last`, not with the inputs. Lines that are no flow
// are reported on err, the first kShownBadLines of them each, and passed over. Returns the exit
// code.
inline constexpr int kShownBadLines = 20;
int Observe(const ObserveRequest& request, const std::atomic<bool>& stop, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_OBSERVE_H_
