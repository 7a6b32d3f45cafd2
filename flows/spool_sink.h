// SpoolSink puts a spool between the log and a receiver that may be away.
#ifndef FIREBREAK_FLOWS_SPOOL_SINK_H_
#define FIREBREAK_FLOWS_SPOOL_SINK_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/random/random.h"

#include "base/clock.h"
#include "flows/loss_ledger.h"
#include "flows/sink.h"
#include "flows/spool.h"

namespace firebreak::flows {

// Backoff doubles a wait from 0.2 s to 25.6 s, each time by a random half to all of it, so that
// senders whose receiver comes back do not all come at once.
class Backoff {
 public:
  // Next returns how long to wait after one more failure; at least what the receiver asked for, at
  // most an hour.
  absl::Duration Next(absl::Duration asked);
  void Reset() { failures_ = 0; }

 private:
  int failures_ = 0;
  absl::BitGen random_;
};

// SpoolSink delivers at least once. Every batch goes to the spool first; a thread of its own takes
// what is there, in order, to the receiver, and forgets it once the receiver has it. Batches
// that the receiver refuses for good are set aside in the spool's folder, and counted.
class SpoolSink final : public FlowSink {
 public:
  // kPieceBytes is about how much text is delivered at once; kLinger how long lines wait at most
  // for that much to come together, but ordinary ones for as long as Open was told.
  static constexpr size_t kPieceBytes = size_t{512} << 10;
  static constexpr absl::Duration kLinger = absl::Seconds(1);

  // Open: name is that of the sink; run the run_id of the lines to come; linger is for batches that
  // nobody waits for, which are in the spool meanwhile, as all are.
  static absl::StatusOr<std::unique_ptr<SpoolSink>> Open(const std::string& name,
                                                         SpoolOptions spool, uint64_t run,
                                                         std::unique_ptr<FlowSink> receiver,
                                                         const Clock& clock,
                                                         absl::Duration linger = kLinger);
  ~SpoolSink() override;

  Delivery Deliver(const Batch& batch) override;
  // Stop delivers what is there until a delivery fails or 5 s are over; the rest stays in
  // the spool.
  void Stop() override;
  void AmendStats(SinkStats* stats) const override;
  std::vector<Loss> TakeLosses() override;

 private:
  SpoolSink(const std::string& name, std::unique_ptr<FlowSink> receiver, const Clock& clock,
            absl::Duration linger);
  void Run();
  bool DeliverAll();
  void PutOff(absl::string_view why, absl::Duration wait);
  bool Settle(const Spool::Piece& piece, const Delivery& delivery);
  bool WaitFor(absl::Duration duration);
  bool WaitForWork();
  bool MustEnd();

  const std::string name_;
  const std::unique_ptr<FlowSink> receiver_;
  const Clock& clock_;
  const absl::Duration linger_;
  LossLedger losses_;
  std::unique_ptr<Spool> spool_;  // never null once open

  std::mutex mutex_;
  std::condition_variable changed_;
  // When what is in the spool is to be delivered at the latest; absent: there is nothing new.
  // Guarded by mutex_, as stop_.
  std::optional<MonoTime> due_;
  bool stop_ = false;
  MonoTime stopped_at_;

  bool losing_ = false;  // of who calls Deliver: the spool did not take the last batch
  std::atomic<uint64_t> lines_delivered_{0};
  std::atomic<uint64_t> bytes_delivered_{0};
  std::atomic<uint64_t> failures_{0};
  Backoff backoff_;  // of the thread, as the next
  bool away_ = false;
  absl::Duration wait_;  // before the next try
  std::thread thread_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SPOOL_SINK_H_
