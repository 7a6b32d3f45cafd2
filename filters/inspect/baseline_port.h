// BaselinePort is what one worker has of the learned baseline of one listener.
#ifndef FIREBREAK_FILTERS_INSPECT_BASELINE_PORT_H_
#define FIREBREAK_FILTERS_INSPECT_BASELINE_PORT_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "inspect/baseline/baseline.h"
#include "inspect/baseline/observation.h"
#include "inspect/baseline/observation_queue.h"

namespace firebreak::filters {

// While nothing is in force what is seen goes into the queue, to be learned from; afterwards it is
// judged by what is. All of it belongs to the worker's thread.
class BaselinePort {
 public:
  // Observations that are kept for the next requests, whose memory they have already.
  static constexpr size_t kMaxSpare = 16;

  // The queue outlives the port; null: nothing is learned here.
  explicit BaselinePort(inspect::ObservationQueue* queue = nullptr) : queue_(queue) {}

  // Whether anything is to be observed.
  bool wanted() const { return queue_ != nullptr; }
  // Null while it is learned.
  const inspect::Baseline* in_force() const { return in_force_.get(); }
  void PutInForce(std::shared_ptr<const inspect::Baseline> baseline) {
    in_force_ = std::move(baseline);
  }

  // Take gives out an observation that has to be begun; Return takes it back.
  std::unique_ptr<inspect::Observation> Take() {
    if (spare_.empty()) return std::make_unique<inspect::Observation>();
    std::unique_ptr<inspect::Observation> observation = std::move(spare_.back());
    spare_.pop_back();
    return observation;
  }
  // `usual`: it is one to learn from.
  void Return(std::unique_ptr<inspect::Observation> observation, bool usual) {
    if (usual && in_force_ == nullptr) queue_->Push(*observation);
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(observation));
  }
  // Teach is for a connection to learn from.
  void Teach(inspect::SpokenSample& connection) {
    if (in_force_ == nullptr) queue_->Push(connection);
  }

 private:
  inspect::ObservationQueue* queue_;
  std::shared_ptr<const inspect::Baseline> in_force_;
  std::vector<std::unique_ptr<inspect::Observation>> spare_;
};

// By listener.
using BaselinePorts = std::vector<BaselinePort>;

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_BASELINE_PORT_H_
