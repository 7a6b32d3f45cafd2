// The side of the load generator that asks: exchanges over kept connections, in blocks.
#ifndef FIREBREAK_BENCH_LOAD_CLIENT_H_
#define FIREBREAK_BENCH_LOAD_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/load/channel.h"
#include "bench/load/histogram.h"
#include "bench/load/options.h"
#include "bench/load/socket.h"

namespace firebreak::bench {

// Load runs exchanges in blocks over a fixed set of connections. Closed loop: each slot of each
// connection starts the next exchange when one ends. Open loop: exchanges arrive on their own
// schedule whether or not a slot is free, and latency counts from the scheduled time, so that a
// stall is seen by all that would have come during it. One thread.
class Load final : private SlotOwner {
 public:
  explicit Load(const LoadOptions& options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Open makes the kept connections, one exchange in each slot. False when some failed.
  bool Open();

  // RunBlock starts exchanges for so long and returns once all have ended; the result is a JSON
  // object without newline. Exchanges still unfinished after a grace of 10 s count as errors.
  std::string RunBlock(double seconds);

 private:
  void OnFinished(Slot& slot, bool ok) override;
  void Start(Slot& slot, uint64_t intended);
  void StartDueArrivals(uint64_t now);
  void Wait(uint64_t until);
  void NextArrival();

  const LoadOptions options_;
  const int epoll_fd_;
  const std::unique_ptr<IoBuffer> scratch_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<Slot*> idle_;
  size_t slots_ = 0;
  std::deque<uint64_t> queue_;  // arrivals that found no idle slot
  LatencyHistogram latencies_;
  std::mt19937_64 engine_;
  uint64_t next_arrival_ = 0;
  uint64_t block_end_ = 0;
  uint64_t errors_ = 0;
  uint64_t late_ = 0;  // sent over a millisecond after their time
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_CLIENT_H_
