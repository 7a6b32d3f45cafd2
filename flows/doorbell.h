// How a producer wakes the flow thread, and only when it sleeps.
#ifndef FIREBREAK_FLOWS_DOORBELL_H_
#define FIREBREAK_FLOWS_DOORBELL_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace firebreak::flows {

// Doorbell joins a state and an eventfd. The sleeper announces that it sleeps, looks at its queues
// once more, and sleeps; a producer that publishes work and then sees that pays one system call.
// The publication and the state are sequentially consistent, so that one of the two sees the other
// and no wake-up is lost. A nap is for a sleeper that expects work: single pieces do not wake it,
// only a pile of them does, or the end of its time.
class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // RingIfAsleep wakes the sleeper when it has announced its sleep. Any thread. The caller's
  // publication must be a sequentially consistent store before it.
  void RingIfAsleep() { RingIfAtLeast(State::kAsleep); }
  // RingIfDozing wakes it from a nap, too. A nap that begins at this moment may not see it.
  void RingIfDozing() { RingIfAtLeast(State::kNapping); }
  // Ring wakes the sleeper in any case. Any thread.
  void Ring();

  // Announce is called by the sleeper before its last look at the queues, Withdraw when that look
  // found work.
  void Announce() { state_.store(State::kAsleep, std::memory_order_seq_cst); }
  void Withdraw() { state_.store(State::kAwake, std::memory_order_relaxed); }
  // Wait sleeps until a ring or until the time is over, and withdraws the announcement.
  void Wait(absl::Duration at_most);
  // Nap does so without an announcement.
  void Nap(absl::Duration at_most);

 private:
  enum class State : uint8_t { kAwake, kNapping, kAsleep };

  // The plain load keeps the state's cache line shared between workers; only the first to see that
  // it has to ring writes.
  void RingIfAtLeast(State least) {
    State seen = state_.load(std::memory_order_seq_cst);
    if (seen < least) return;
    if (state_.compare_exchange_strong(seen, State::kAwake, std::memory_order_seq_cst)) Ring();
  }

  alignas(64) std::atomic<State> state_{State::kAwake};
  int fd_;  // eventfd; -1 when none could be had: waits are then short naps
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_DOORBELL_H_
