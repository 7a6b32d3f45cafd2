// SinkQueue stands between the flow thread and one sink: a bounded queue and a thread.
#ifndef FIREBREAK_FLOWS_SINK_QUEUE_H_
#define FIREBREAK_FLOWS_SINK_QUEUE_H_

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/complaint.h"
#include "flows/loss_ledger.h"
#include "flows/sink.h"

namespace firebreak::flows {

// SinkQueue keeps the order of what it is given. A sink that cannot take a batch is offered it
// again every kRetry, or later where it says so; meanwhile the queue fills, and what then does not
// fit is lost: counted, and told by TakeLosses. Life: Start, Offer..., Stop. The destructor stops.
class SinkQueue {
 public:
  static constexpr absl::Duration kRetry = absl::Milliseconds(100);

  // `about` is what complaints in the diagnostic log begin with, and outlives the queue.
  SinkQueue(std::string name, std::unique_ptr<FlowSink> sink, size_t max_bytes, const Clock& clock,
            absl::string_view about = "flow log");
  ~SinkQueue();
  SinkQueue(const SinkQueue&) = delete;
  SinkQueue& operator=(const SinkQueue&) = delete;

  void Start();
  // MostBytes is how large a batch may be that neither the queue nor the sink has to make room for.
  size_t MostBytes() const { return std::min(max_bytes_, sink_->MostBytes()); }
  // Offer never waits. For the flow thread.
  void Offer(SharedBatch batch);
  // Flush returns when all that was offered before the call has been delivered, or a delivery has
  // failed since. Any thread; at once when the queue does not run.
  void Flush();
  // FlushFor has a delivery tried at once, and waits until all that was offered is delivered or
  // refused: true. False: it was not within so long, or the queue does not run.
  bool FlushFor(absl::Duration most);
  // Reopen has the sink reopen before the next batch. Any thread.
  void Reopen();
  // Stop delivers what is queued until a delivery fails; the rest is lost, as WRITE_FAILED.
  // BeginStop asks for that and returns at once, so that several can stop side by side.
  void Stop();
  void BeginStop();

  const std::string& name() const { return name_; }
  SinkStats stats() const;
  std::vector<Loss> TakeLosses();

 private:
  void Run();
  SharedBatch WaitForWork(std::unique_lock<std::mutex>& lock);
  void Settle(const Batch& batch, const Delivery& delivery);
  void Complain(const Batch& batch, const Delivery& delivery);
  void GiveUp();

  const std::string name_;
  const std::unique_ptr<FlowSink> sink_;
  const size_t max_bytes_;
  const Clock& clock_;
  const absl::string_view about_;
  LossLedger losses_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SharedBatch> queue_;  // guarded by mutex_, as the rest up to thread_
  size_t queued_bytes_ = 0;
  uint64_t lines_written_ = 0;
  uint64_t bytes_written_ = 0;
  uint64_t failures_ = 0;
  bool failing_ = false;  // the last delivery was put off
  bool reopen_ = false;
  bool stop_ = false;
  bool running_ = false;
  uint64_t flush_asked_ = 0;
  uint64_t flush_answered_ = 0;
  absl::Duration wait_;  // before the next try, while failing_

  std::thread thread_;
  // Of the thread alone.
  Complaint complaint_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SINK_QUEUE_H_
