// How a producer wakes the flow thread, and only when it sleeps.
#ifndef FIREBREAK_FLOWS_DOORBELL_H_
#define FIREBREAK_FLOWS_DOORBELL_H_

#include <atomic>

#include "absl/time/time.h"

namespace firebreak::flows {

// Doorbell joins a flag and an eventfd. The sleeper raises the flag, looks at its queues once more,
// and sleeps; a producer that publishes work and then sees the flag pays one system call. The
// publication and the flag are sequentially consistent, so that one of the two sees the other and
// no wake-up is lost.
class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // RingIfAsleep wakes the sleeper when it has announced its sleep. Any thread. The caller's
  // publication must be a sequentially consistent store before it.
  void RingIfAsleep();
  // Ring wakes the sleeper in any case. Any thread.
  void Ring();

  // Announce is called by the sleeper before its last look at the queues, Withdraw when that look
  // found work.
  void Announce() { asleep_.store(true, std::memory_order_seq_cst); }
  void Withdraw() { asleep_.store(false, std::memory_order_relaxed); }
  // Wait sleeps until a ring or until the time is over, and withdraws the announcement.
  void Wait(absl::Duration at_most);

 private:
  alignas(64) std::atomic<bool> asleep_{false};
  int fd_;  // eventfd; -1 when none could be had: waits are then short naps
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_DOORBELL_H_
