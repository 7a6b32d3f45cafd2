#include "flows/sink_queue.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace firebreak::flows {

SinkQueue::SinkQueue(std::string name, std::unique_ptr<FlowSink> sink, size_t max_bytes,
                     const Clock& clock, absl::string_view about)
    : name_(std::move(name)),
      sink_(std::move(sink)),
      max_bytes_(max_bytes),
      clock_(clock),
      about_(about),
      losses_(name_),
      complaint_(clock) {}

SinkQueue::~SinkQueue() { Stop(); }

void SinkQueue::Start() {
  running_ = true;  // before the thread: nobody else looks yet
  thread_ = StartThread("fb-flow-sink", [this] { Run(); });
}

void SinkQueue::Offer(SharedBatch batch) {
  {
    const std::lock_guard lock(mutex_);
    if (queued_bytes_ + batch->text.size() > max_bytes_ && !queue_.empty()) {
      losses_.AddBatch(failing_ ? LostCause::kWriteFailed : LostCause::kQueueFull, *batch);
      return;
    }
    queued_bytes_ += batch->text.size();
    queue_.push_back(std::move(batch));
  }
  changed_.notify_all();  // without the lock: who wakes up needs it at once
}

void SinkQueue::Flush() {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = ++flush_asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !running_ || flush_answered_ >= ticket; });
}

bool SinkQueue::FlushFor(absl::Duration most) {
  std::unique_lock lock(mutex_);
  ++flush_asked_;
  changed_.notify_all();
  // A wait that is longer than the clock can count would be none.
  changed_.wait_for(lock, absl::ToChronoMilliseconds(std::min(most, absl::Hours(24))),
                    [this] { return !running_ || queue_.empty(); });
  return running_ && queue_.empty();
}

void SinkQueue::Reopen() {
  const std::lock_guard lock(mutex_);
  reopen_ = true;
  changed_.notify_all();
}

void SinkQueue::BeginStop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  changed_.notify_all();
}

void SinkQueue::Stop() {
  BeginStop();
  if (thread_.joinable()) thread_.join();
}

SinkStats SinkQueue::stats() const {
  SinkStats stats;
  stats.name = name_;
  {
    const std::lock_guard lock(mutex_);
    stats.lines_written = lines_written_;
    stats.bytes_written = bytes_written_;
    stats.failures = failures_;
    stats.queue_bytes = queued_bytes_;
    if (!queue_.empty()) stats.lag = absl::FromChrono(clock_.MonoNow() - queue_.front()->made_at);
  }
  losses_.AddTotals(&stats);
  sink_->AmendStats(&stats);
  return stats;
}

std::vector<Loss> SinkQueue::TakeLosses() {
  std::vector<Loss> losses = losses_.Take();
  for (Loss& loss : sink_->TakeLosses()) losses.push_back(std::move(loss));
  return losses;
}

void SinkQueue::Run() {
  std::unique_lock lock(mutex_);
  while (const SharedBatch batch = WaitForWork(lock)) {
    const uint64_t flush = flush_asked_;
    lock.unlock();
    const Delivery delivery = sink_->Deliver(*batch);
    if (!delivery.detail.empty()) Complain(*batch, delivery);
    lock.lock();
    Settle(*batch, delivery);
    if (failing_) flush_answered_ = flush;
    if (failing_ && stop_) break;
  }
  GiveUp();
  running_ = false;
  lock.unlock();
  sink_->Stop();
  changed_.notify_all();
}

// WaitForWork returns the batch to deliver next, which stays in the queue; null: there is no more.
SharedBatch SinkQueue::WaitForWork(std::unique_lock<std::mutex>& lock) {
  const auto has_news = [this] {
    return stop_ || reopen_ || flush_asked_ != flush_answered_ || (!failing_ && !queue_.empty());
  };
  while (true) {
    if (std::exchange(reopen_, false)) {
      lock.unlock();
      sink_->Reopen();
      lock.lock();
    }
    if (queue_.empty()) {
      flush_answered_ = flush_asked_;
      changed_.notify_all();
      if (stop_) return nullptr;
      failing_ = false;
      changed_.wait(lock, has_news);
      continue;
    }
    if (!failing_ || stop_) return queue_.front();
    changed_.notify_all();
    const bool timeout =
        !changed_.wait_for(lock, absl::ToChronoMilliseconds(std::max(wait_, kRetry)), has_news);
    if (timeout || !reopen_) return queue_.front();
  }
}

void SinkQueue::Settle(const Batch& batch, const Delivery& delivery) {
  failing_ = delivery.fate == Delivery::Fate::kLater;
  wait_ = delivery.wait;
  if (failing_) {
    ++failures_;
    return;
  }
  queued_bytes_ -= batch.text.size();
  queue_.pop_front();  // batch is the caller's too
  if (delivery.fate == Delivery::Fate::kRefused) {
    losses_.AddBatch(LostCause::kRefused, batch);
    return;
  }
  bytes_written_ += batch.text.size();
  lines_written_ += batch.lines - delivery.refused_lines;
  losses_.Add(LostCause::kRefused, delivery.refused_lines, batch.first_sequence,
              batch.last_sequence);
}

// Complain writes to the diagnostic log, at most once a minute.
void SinkQueue::Complain(const Batch& batch, const Delivery& delivery) {
  const uint64_t failures = complaint_.Due();
  if (failures == 0) return;
  FB_LOG(kError, about_, ": ", name_, ": ", delivery.detail, "; ",
         delivery.fate == Delivery::Fate::kRefused ? "lost" : "kept waiting", ": ", batch.lines,
         " lines; failures since this was last said: ", failures);
}

void SinkQueue::GiveUp() {
  uint64_t lines = 0;
  for (const SharedBatch& batch : queue_) {
    lines += batch->lines;
    losses_.AddBatch(LostCause::kWriteFailed, *batch);
  }
  queue_.clear();
  queued_bytes_ = 0;
  if (lines > 0) FB_LOG(kError, about_, ": ", name_, ": ", lines, " lines were lost at the end");
}

}  // namespace firebreak::flows
