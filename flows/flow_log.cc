#include "flows/flow_log.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"

namespace firebreak::flows {
namespace {

constexpr size_t kWriteBatchBytes = size_t{64} << 10;
// After work the thread naps rather than sleeps, so that busy workers neither pay for waking it
// nor cause a write per record. Once it sleeps, the first push wakes it.
constexpr absl::Duration kNap = absl::Milliseconds(5);
constexpr int kNapsBeforeSleep = 4;
constexpr absl::Duration kRetryWrite = absl::Milliseconds(100);
constexpr std::chrono::minutes kErrorLogInterval(1);

// Signals are the main thread's. SIGPIPE blocked means that write() says EPIPE.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FlowLog>> FlowLog::Open(FlowLogOptions options, const Clock& clock) {
  FB_ASSIGN_OR_RETURN(FileSink sink, FileSink::Open(options.path));
  // The constructor is private, which make_unique cannot call.
  return std::unique_ptr<FlowLog>(new FlowLog(std::move(options), clock, std::move(sink)));
}

FlowLog::FlowLog(FlowLogOptions options, const Clock& clock, FileSink sink)
    : clock_(clock),
      ring_slots_(options.ring_slots),
      encoder_(std::move(options.reporter)),
      sink_(std::move(sink)) {}

FlowLog::~FlowLog() { Stop(); }

Ring& FlowLog::AddRing() {
  sources_.push_back({.ring = std::make_unique<Ring>(ring_slots_, &doorbell_)});
  return *sources_.back().ring;
}

void FlowLog::Start() {
  flush_answered_.store(0, std::memory_order_release);
  thread_ = std::thread([this] { Run(); });
}

void FlowLog::Flush() {
  const uint64_t ticket = flush_asked_.fetch_add(1, std::memory_order_seq_cst) + 1;
  doorbell_.Ring();
  uint64_t answered = flush_answered_.load(std::memory_order_acquire);
  while (answered < ticket) {
    flush_answered_.wait(answered, std::memory_order_acquire);
    answered = flush_answered_.load(std::memory_order_acquire);
  }
}

void FlowLog::Stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  doorbell_.Ring();
  thread_.join();
}

void FlowLog::Reopen() {
  reopen_.store(true, std::memory_order_release);
  doorbell_.Ring();
}

FlowLogStats FlowLog::stats() const {
  FlowLogStats stats;
  stats.records_written = records_written_.load(std::memory_order_relaxed);
  stats.records_unwritten = records_unwritten_.load(std::memory_order_relaxed);
  stats.bytes_written = bytes_written_.load(std::memory_order_relaxed);
  stats.write_errors = write_errors_.load(std::memory_order_relaxed);
  for (const Source& source : sources_) stats.records_dropped += source.ring->dropped();
  return stats;
}

void FlowLog::Run() {
  BlockSignals();
  pthread_setname_np(pthread_self(), "fb-flows");
  int idle_rounds = 0;
  while (true) {
    // All three are read before the drain, so that what preceded them is part of it.
    const bool stopping = stop_.load(std::memory_order_acquire);
    const uint64_t flush = flush_asked_.load(std::memory_order_seq_cst);
    if (reopen_.exchange(false, std::memory_order_acq_rel)) {
      const absl::Status reopened = sink_.Reopen();
      if (!reopened.ok()) FB_LOG(kError, "keeping the old file: ", reopened.message());
    }
    write_failed_ = false;  // one failed try a round
    const bool worked = Drain();
    if (stopping) Drain();  // a ring that was full is now seen empty, and its drops are told
    if (!write_failed_) WriteOut();
    if (stopping) break;
    if (flush != flush_answered_.load(std::memory_order_relaxed)) {
      flush_answered_.store(flush, std::memory_order_release);
      flush_answered_.notify_all();
    }
    idle_rounds = worked ? 0 : idle_rounds + 1;
    Doze(idle_rounds);
  }
  GiveUpPending();
  flush_answered_.store(kAllAnswered, std::memory_order_release);
  flush_answered_.notify_all();
}

bool FlowLog::Drain() {
  bool worked = false;
  for (Source& source : sources_) worked |= DrainRing(source);
  if (untold_unwritten_ > 0 && sink_.HasRoom()) {
    AppendLost(std::exchange(untold_unwritten_, 0), LostCause::kWriteFailed);
  }
  return worked;
}

// DrainRing takes at most one ring's worth, so that a busy worker cannot keep the thread from the
// others.
bool FlowLog::DrainRing(Source& source) {
  Record record;
  uint64_t dropped_before = 0;
  size_t taken = 0;
  // Drops seen before the ring is found empty lie behind everything that was taken.
  uint64_t dropped = source.ring->dropped();
  while (taken < source.ring->slots() && source.ring->Pop(&record, &dropped_before)) {
    ReportDrops(source, dropped_before);
    AppendRecord(record);
    ++taken;
    dropped = source.ring->dropped();
  }
  if (taken < source.ring->slots()) ReportDrops(source, dropped);
  return taken > 0;
}

void FlowLog::ReportDrops(Source& source, uint64_t dropped) {
  if (dropped <= source.reported_drops || !sink_.HasRoom()) return;
  AppendLost(dropped - source.reported_drops, LostCause::kRingFull);
  source.reported_drops = dropped;
}

void FlowLog::AppendRecord(const Record& record) {
  if (!sink_.HasRoom()) {
    ++untold_unwritten_;
    records_unwritten_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (untold_unwritten_ > 0) {
    AppendLost(std::exchange(untold_unwritten_, 0), LostCause::kWriteFailed);
  }
  encoder_.AppendRecord(record, ++sequence_, &sink_.buffer());
  if (sink_.buffer().size() >= kWriteBatchBytes && !write_failed_) WriteOut();
}

void FlowLog::AppendLost(uint64_t count, LostCause cause) {
  encoder_.AppendLost(count, cause, clock_.WallNow(), ++sequence_, &sink_.buffer());
}

void FlowLog::WriteOut() {
  const absl::Status written = sink_.Write();
  records_written_.store(sink_.lines_written(), std::memory_order_relaxed);
  bytes_written_.store(sink_.bytes_written(), std::memory_order_relaxed);
  write_failed_ = !written.ok();
  if (!write_failed_) return;
  write_errors_.fetch_add(1, std::memory_order_relaxed);
  ++errors_since_log_;
  const MonoTime now = clock_.MonoNow();
  if (last_error_log_.has_value() && now - *last_error_log_ < kErrorLogInterval) return;
  FB_LOG(kError, written.message(), "; failed writes: ", errors_since_log_,
         ", flow records given up so far: ", records_unwritten_.load(std::memory_order_relaxed));
  last_error_log_ = now;
  errors_since_log_ = 0;
}

void FlowLog::GiveUpPending() {
  const uint64_t lines = sink_.Discard();
  if (lines == 0) return;
  records_unwritten_.fetch_add(lines, std::memory_order_relaxed);
  FB_LOG(kError, "flow log ", sink_.path(), ": ", lines, " lines could not be written at the end");
}

void FlowLog::Doze(int idle_rounds) {
  if (idle_rounds < kNapsBeforeSleep) {
    doorbell_.Wait(kNap);
    return;
  }
  doorbell_.Announce();
  for (const Source& source : sources_) {
    if (source.ring->Empty()) continue;
    doorbell_.Withdraw();
    return;
  }
  const bool retrying = !sink_.buffer().empty();
  doorbell_.Wait(retrying ? kRetryWrite : absl::InfiniteDuration());
}

}  // namespace firebreak::flows
