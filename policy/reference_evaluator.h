// A second, naive reading of the policy language, for tests only: it works on the strings of a
// policy as written and shares no code with the engine.
#ifndef FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_
#define FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_

#include <map>
#include <string>
#include <vector>

#include "policy/testing.h"

namespace firebreak::policy {

// WrittenBlock is a source, operation or destination: field name to values.
using WrittenBlock = std::map<std::string, std::vector<std::string>>;

struct WrittenTarget {
  WrittenBlock operation;
  WrittenBlock grpc;  // within operation
  WrittenBlock destination;
};

// WrittenCondition is one entry of when: values and notValues.
struct WrittenCondition {
  std::string key;
  WrittenBlock values;
};

struct WrittenRule {
  std::vector<WrittenBlock> from;
  std::vector<WrittenTarget> to;
  std::vector<WrittenCondition> when;
};

// WrittenPolicy is a policy of namespace shop for TestWorkload.
struct WrittenPolicy {
  std::string name;
  bool outbound = false;
  bool deny = false;
  bool audit = false;
  std::vector<WrittenRule> rules;

  // ToYaml writes the document, "---" first.
  std::string ToYaml() const;
};

// ReferenceAnswer says what Answer() must say of question.
std::string ReferenceAnswer(const std::vector<WrittenPolicy>& policies, const Question& question);

// ReferenceTemplate says what Decision::path_template must be; "" for null.
std::string ReferenceTemplate(const std::vector<WrittenPolicy>& policies, const Question& question);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REFERENCE_EVALUATOR_H_
