// FlowWorkload writes the lines of a sidecar that has something to do, for benchmarks.
#ifndef FIREBREAK_BENCH_FLOW_WORKLOAD_H_
#define FIREBREAK_BENCH_FLOW_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "flows/json_encoder.h"
#include "flows/record.h"
#include "flows/sink.h"

namespace firebreak::bench {

// Requests that others make of it, each with a route, an id in its path and a trace of its own,
// over connections that carry twenty each.
class FlowWorkload {
 public:
  // Each number is a sidecar, and each object a run of it.
  explicit FlowWorkload(int number);

  const std::string& principal() const { return principal_; }
  // Next returns at most `most` lines, and no more than it takes to reach so many bytes of text.
  flows::Batch Next(uint64_t most, size_t text_bytes);

 private:
  void Advance();

  const std::string principal_;
  std::mt19937_64 random_;
  flows::JsonEncoder encoder_;
  flows::Record record_;
  uint64_t sequence_ = 0;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_FLOW_WORKLOAD_H_
