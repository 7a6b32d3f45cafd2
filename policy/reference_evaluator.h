// A second, naive reading of the policy language, for tests only: it works on the strings of a
// policy as written and shares no code with the engine.
#ifndef FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_
#define FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_

#include <string>
#include <vector>

#include "policy/testing.h"
#include "policy/written_policy.h"

namespace firebreak::policy {

// ReferenceAnswer says what Answer() must say of question.
std::string ReferenceAnswer(const std::vector<WrittenPolicy>& policies, const Question& question);

// ReferenceTemplate says what Decision::path_template must be; "" for null.
std::string ReferenceTemplate(const std::vector<WrittenPolicy>& policies, const Question& question);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_
