// Learner keeps a running sidecar's baseline: it learns, and hands it out once it is to be used.
#ifndef FIREBREAK_INSPECT_BASELINE_LEARNER_H_
#define FIREBREAK_INSPECT_BASELINE_LEARNER_H_

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "config/diagnostics.h"
#include "inspect/baseline/baseline.h"
#include "inspect/baseline/observation_queue.h"

namespace firebreak::inspect {

struct LearnerOptions {
  // What is asked for. kEnforce learns until the floors of `limits` are reached, then enforces.
  BaselineState state = BaselineState::kLearn;
  BaselineLimits limits = {};
  std::string path;  // of the state file; model_text.h
  absl::Duration save_every = absl::Minutes(1);
};

// One thread owns it, the main thread. Workers push what they see into queues of their own and
// judge by what InForce has given them, which never changes; so they neither lock nor wait. Nor
// does the main thread wait for the disk: the state file is written on a thread that ends with it.
class Learner {
 public:
  // Taken in at one turn, of all queues: about 20 ms.
  static constexpr size_t kMaxPerTurn = 4096;

  Learner(LearnerOptions options, const Clock& clock);

  // Load goes on from the state file; where there is none, from nothing. A file that a person froze
  // is not learned into: then a warning says so. False: the file is not good, or there is nothing
  // to freeze, and that was reported.
  bool Load(config::Diagnostics* diagnostics);

  // AddQueue is for one worker, before Turn is called; the queue lives as long as the learner.
  ObservationQueue& AddQueue();

  // Turn takes in what came, goes over to enforcing when that was asked for and enough is known,
  // and begins to write the state file when it is time: after save_every, and when it has gone
  // over. A writing that failed is logged and done again after save_every. True: InForce has
  // changed. Call it several times a second while busy.
  bool Turn();
  // busy: it learns, or the state file is still to be written.
  bool busy() const;

  // Save writes the state file, if there is anything to write since it was last written, after
  // waiting for a writing that is under way.
  absl::Status Save();

  // InForce is the baseline to judge requests by; null while it learns.
  std::shared_ptr<const Baseline> InForce() const;
  const Baseline& baseline() const { return *baseline_; }
  // Requests and connections that were seen and not learned from, for want of room in a queue.
  uint64_t dropped() const;

 private:
  void TakeIn();
  void TryToEnforce();
  void BeginToSave();
  // EndSaving waits for a writing that is under way, and notes whether it has succeeded.
  absl::Status EndSaving();

  const LearnerOptions options_;
  const Clock& clock_;
  std::shared_ptr<Baseline> baseline_;  // changes in kLearn only
  std::vector<std::unique_ptr<ObservationQueue>> queues_;
  Observation request_;
  SpokenSample connection_;
  bool unsaved_ = false;
  bool save_due_ = false;
  MonoTime saved_at_;                 // or tried to
  std::future<absl::Status> saving_;  // valid: a writing is under way
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_LEARNER_H_
