// Questions as files and command lines write them.
#ifndef FIREBREAK_POLICY_WORKBENCH_QUESTION_READER_H_
#define FIREBREAK_POLICY_WORKBENCH_QUESTION_READER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"

#include "policy/scope.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/question.h"

namespace firebreak::config::v1 {
class Question;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// ToQuestion makes the question that written says, of workloads that inventory has. What is wrong
// is reported in scope, that of the question, and gives nullopt. A question without a time is about
// now.
std::optional<PolicyQuestion> ToQuestion(const config::v1::Question& written,
                                         const Inventory& inventory, absl::Time now,
                                         const Scope& scope);

// ReadQuestion reads the file of one question.
std::optional<PolicyQuestion> ReadQuestion(const std::string& path, const Inventory& inventory,
                                           absl::Time now, config::Diagnostics* diagnostics);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_QUESTION_READER_H_
