// Baselines are what the listeners of a sidecar have learned, or are learning.
#ifndef FIREBREAK_PROXY_MAIN_BASELINES_H_
#define FIREBREAK_PROXY_MAIN_BASELINES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "inspect/baseline/learner.h"

namespace firebreak::proxy {

struct BaselineStats {
  std::string listener;
  inspect::BaselineState state = inspect::BaselineState::kLearn;
  uint64_t requests = 0;  // that were learned from
  uint64_t connections = 0;
  uint64_t held = 0;     // that deviated too much to be
  uint64_t dropped = 0;  // for want of room
  size_t bytes = 0;
};

// Baselines belong to the main thread. Each listener that learns has a Learner, and each worker a
// queue to each of them.
class Baselines {
 public:
  using PutInForce =
      std::function<void(size_t listener, std::shared_ptr<const inspect::Baseline> baseline)>;

  // Load goes on from the files of the listeners that learn. Nothing after reporting what is wrong:
  // a file that is not whole, or a folder that is not there.
  static std::optional<Baselines> Load(const config::ProxyConfig& config, const Clock& clock,
                                       config::Diagnostics* diagnostics);

  // AddQueues is for one worker, before the first Turn: by listener, null where nothing is learned.
  std::vector<inspect::ObservationQueue*> AddQueues();
  // ForEachInForce calls put for what requests are to be judged by now.
  void ForEachInForce(const PutInForce& put) const;
  // Turn takes in what workers have seen, and calls put for what has become known well enough to be
  // enforced. False: nothing is learned any more, and all of it is on disk.
  bool Turn(const PutInForce& put);
  // Save writes what is not written yet; an error is logged.
  void Save();

  std::vector<BaselineStats> Stats() const;

 private:
  struct Listener {
    size_t index;
    std::string name;
    std::unique_ptr<inspect::Learner> learner;
  };

  size_t listener_count_ = 0;
  std::vector<Listener> learning_;  // those that do
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_BASELINES_H_
