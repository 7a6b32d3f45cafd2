// What records of one decision's kind have in common, as JSON that is written once.
#ifndef FIREBREAK_FLOWS_POLICY_TEXT_H_
#define FIREBREAK_FLOWS_POLICY_TEXT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/verdict.h"
#include "flows/record.h"

namespace firebreak::flows {

// PolicyText keeps the `policy` part of records by the rule that decided, the policy's revision and
// the verdict that would have been. Rules are shared by those who name them and do not change, so
// that the same object is the same text. For one thread.
class PolicyText {
 public:
  struct Text {
    std::string json;     // ,"policy":{...}, or empty
    uint64_t number = 0;  // another one for each text
  };
  // Of is good until the next call.
  const Text& Of(const Record& record);

 private:
  struct Entry {
    bool used = false;
    // Held, so that no other rule comes to lie where this one was.
    std::shared_ptr<const RuleRef> rule;
    SharedString revision;
    std::optional<Verdict> would_be_verdict;
    Text text;
  };

  std::vector<Entry> entries_;  // by rule; empty until the first record
  uint64_t written_ = 0;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_POLICY_TEXT_H_
