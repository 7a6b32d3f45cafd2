// The question that a flow record tells of.
#ifndef FIREBREAK_POLICY_WORKBENCH_FLOW_QUESTION_H_
#define FIREBREAK_POLICY_WORKBENCH_FLOW_QUESTION_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "flows/flow.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

struct FlowQuestion {
  PolicyQuestion question;
  // What the record does not hold, so that the answer may differ from the one that was given.
  std::vector<std::string> doubts;
};

using HeaderLines = std::vector<std::pair<std::string, std::string>>;

// QuestionOf rebuilds what the sidecar was asked. A record has no labels and no headers: labels are
// those of the inventory, or else app: WORKLOAD; headers are those that somebody knows, and others
// stay open. InvalidArgument: the record is of no decision, or headers are none of a request.
absl::StatusOr<FlowQuestion> QuestionOf(const flows::Flow& flow, const Inventory& inventory,
                                        const HeaderLines& headers);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_FLOW_QUESTION_H_
