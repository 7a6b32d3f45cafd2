// FlowIds numbers the flows of one worker.
#ifndef FIREBREAK_PROXY_TCP_FLOW_IDS_H_
#define FIREBREAK_PROXY_TCP_FLOW_IDS_H_

#include <cstdint>

#include "flows/record.h"

namespace firebreak::proxy {

// A flow id is 64 random bits drawn when the worker starts, and a count. Nobody can guess one of
// another sidecar, and two never meet.
class FlowIds {
 public:
  explicit FlowIds(uint64_t random_seed) : high_(random_seed) {}
  uint64_t high() const { return high_; }
  void Stamp(flows::Record& record) {
    record.flow_id_high = high_;
    record.flow_id_low = ++count_;
  }

 private:
  const uint64_t high_;
  uint64_t count_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_FLOW_IDS_H_
