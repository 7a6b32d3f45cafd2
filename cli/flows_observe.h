// `firebreak flows observe`: the work, apart from its options.
#ifndef FIREBREAK_CLI_FLOWS_OBSERVE_H_
#define FIREBREAK_CLI_FLOWS_OBSERVE_H_

#include <atomic>
#include <cstddef>
#include <optional>

#include "cli/command.h"
#include "cli/flow_input.h"
#include "cli/flow_question.h"
#include "cli/flows_printer.h"

namespace firebreak::cli {

struct ObserveRequest {
  FlowSource source;
  FlowQuestion question;
  // At most one of the two; neither: all.
  std::optional<size_t> first;
  std::optional<size_t> last;
  bool follow = false;
  FlowForm form = FlowForm::kCompact;
};

// Observe prints the matching flows of all logs, merged by time, or those of a store in the order
// of time. With follow it goes on with those that come, until stop is raised: of a store, those of
// each segment by time. Memory grows with `last`, not with the inputs. Returns the exit code.
int Observe(const ObserveRequest& request, const std::atomic<bool>& stop, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_OBSERVE_H_
