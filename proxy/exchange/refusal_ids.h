// RefusalIds names refusals that no decision of the policy stands behind.
#ifndef FIREBREAK_PROXY_EXCHANGE_REFUSAL_IDS_H_
#define FIREBREAK_PROXY_EXCHANGE_REFUSAL_IDS_H_

#include <cstdint>

#include "base/verdict.h"

namespace firebreak::proxy {

// A request that is malformed, or one too many, is refused before the policy is asked. Its answer
// and its record have a DecisionId all the same, so that one leads to the other. The seed is random
// and the worker's own: the policy engine's identifiers have another.
class RefusalIds {
 public:
  explicit RefusalIds(uint64_t random_seed) : high_(random_seed) {}
  DecisionId Next() { return {high_, ++count_}; }

 private:
  const uint64_t high_;
  uint64_t count_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_REFUSAL_IDS_H_
