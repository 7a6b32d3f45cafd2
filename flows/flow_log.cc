#include "flows/flow_log.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace firebreak::flows {
namespace {

// A batch is handed on when there is no room for another line, by far most lines being shorter.
constexpr size_t kMostBatchBytes = size_t{256} << 10;
constexpr size_t kRoomForALine = size_t{8} << 10;
// After work the thread naps rather than sleeps, so that busy workers neither pay for waking it
// nor cause a write per record: waking it, its sink's thread and the kernel's writing cost some
// 20 us, whatever there is to do. A pile of records ends the nap. Once it sleeps, the first push
// wakes it.
constexpr absl::Duration kNap = absl::Milliseconds(20);
constexpr std::chrono::minutes kRetryHead(1);

}  // namespace

FlowLog::FlowLog(FlowLogOptions options, const Clock& clock)
    : clock_(clock),
      ring_slots_(options.ring_slots),
      chain_(std::move(options.chain), clock),
      sampler_(
          options.sample_one_in,
          [this](const Record& record, uint64_t weight) { Append(record, weight); }, clock),
      rollup_(options.rollup_edges, clock) {
  size_t most = kMostBatchBytes;
  for (NamedSink& sink : options.sinks) {
    sinks_.push_back(std::make_unique<SinkQueue>(std::move(sink.name), std::move(sink.sink),
                                                 options.sink_queue_bytes, clock));
    most = std::min(most, sinks_.back()->MostBytes());
  }
  full_batch_bytes_ = most - std::min(most, kRoomForALine);
}

FlowLog::~FlowLog() { Stop(); }

Ring& FlowLog::AddRing() {
  sources_.push_back({.ring = std::make_unique<Ring>(ring_slots_, &doorbell_)});
  return *sources_.back().ring;
}

void FlowLog::Start() {
  flush_answered_.store(0, std::memory_order_release);
  for (const auto& sink : sinks_) sink->Start();
  thread_ = StartThread("fb-flows", [this] { Run(); });
}

void FlowLog::Flush() {
  const uint64_t ticket = flush_asked_.fetch_add(1, std::memory_order_seq_cst) + 1;
  doorbell_.Ring();
  uint64_t answered = flush_answered_.load(std::memory_order_acquire);
  while (answered < ticket) {
    flush_answered_.wait(answered, std::memory_order_acquire);
    answered = flush_answered_.load(std::memory_order_acquire);
  }
  for (const auto& sink : sinks_) sink->Flush();
}

void FlowLog::Stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  doorbell_.Ring();
  thread_.join();
  for (const auto& sink : sinks_) sink->BeginStop();
  for (const auto& sink : sinks_) sink->Stop();
}

void FlowLog::Reopen() {
  for (const auto& sink : sinks_) sink->Reopen();
}

FlowLogStats FlowLog::stats() const {
  FlowLogStats stats;
  stats.records_written = records_written_.load(std::memory_order_relaxed);
  for (const Source& source : sources_) stats.records_dropped += source.ring->dropped();
  for (const auto& sink : sinks_) stats.sinks.push_back(sink->stats());
  return stats;
}

void FlowLog::Run() {
  EndChapter(/*last=*/false);  // the first line, which says who writes
  while (true) {
    // Both are read before the drain, so that what preceded them is part of it.
    const bool stopping = stop_.load(std::memory_order_acquire);
    const uint64_t flush = flush_asked_.load(std::memory_order_seq_cst);
    const bool worked = Drain();
    if (stopping) Drain();  // a ring that was full is now seen empty, and its drops are told
    if (stopping) {
      sampler_.HandOnAll();
    } else {
      sampler_.HandOnLate();
    }
    if (stopping || rollup_.UntilDue() <= absl::ZeroDuration()) TellSums();
    if (stopping || chain_.HeadDue()) EndChapter(stopping);
    HandOut();
    if (stopping) break;
    if (flush != flush_answered_.load(std::memory_order_relaxed)) {
      flush_answered_.store(flush, std::memory_order_release);
      flush_answered_.notify_all();
    }
    Doze(worked);
  }
  flush_answered_.store(kAllAnswered, std::memory_order_release);
  flush_answered_.notify_all();
}

bool FlowLog::Drain() {
  bool worked = false;
  for (Source& source : sources_) worked |= DrainRing(source);
  return worked;
}

// DrainRing takes at most one ring's worth, so that a busy worker cannot keep the thread from the
// others.
bool FlowLog::DrainRing(Source& source) {
  uint64_t dropped_before = 0;
  size_t taken = 0;
  // Drops seen before the ring is found empty lie behind everything that was taken. They are looked
  // at once: what the worker writes to has to be fetched from its processor each time.
  const uint64_t dropped = source.ring->dropped();
  while (taken < source.ring->slots()) {
    Record* const record = source.ring->Front(&dropped_before);
    if (record == nullptr) break;
    ReportDrops(source, dropped_before);
    rollup_.Take(*record);  // before the sampler: it loses no count
    sampler_.Take(std::move(*record));
    source.ring->PopFront();
    ++taken;
  }
  if (taken < source.ring->slots()) ReportDrops(source, dropped);
  records_written_.fetch_add(taken, std::memory_order_relaxed);
  return taken > 0;
}

void FlowLog::Append(const Record& record, uint64_t weight) {
  chain_.AppendRecord(record, weight);
  EndBatch();
}

void FlowLog::ReportDrops(Source& source, uint64_t dropped) {
  if (dropped <= source.reported_drops) return;
  chain_.AppendLost({.count = dropped - source.reported_drops, .cause = LostCause::kRingFull});
  source.reported_drops = dropped;
}

void FlowLog::TellSums() {
  rollup_.HandOn([this](const RollupLine& line) {
    chain_.AppendRollup(line);
    EndBatch();
  });
}

// EndBatch keeps heads and batches at their sizes, after each line.
void FlowLog::EndBatch() {
  if (chain_.DueByCount()) EndChapter(/*last=*/false);
  if (chain_.pending_bytes() >= full_batch_bytes_) HandOut();
}

// EndChapter says what sinks have lost, and signs for it all.
void FlowLog::EndChapter(bool last) {
  for (const auto& sink : sinks_) {
    for (const Loss& loss : sink->TakeLosses()) chain_.AppendLost(loss);
  }
  const MonoTime now = clock_.MonoNow();
  if (!last && retry_head_at_.has_value() && now < *retry_head_at_) return;
  retry_head_at_.reset();
  const absl::Status signed_head = chain_.AppendHead(last);
  if (signed_head.ok()) return;
  retry_head_at_ = now + kRetryHead;
  FB_LOG(kError, "flow log: no signed HEAD line: ", signed_head.message());
}

void FlowLog::HandOut() {
  const SharedBatch batch = chain_.Take();
  if (batch == nullptr) return;
  for (const auto& sink : sinks_) sink->Offer(batch);
}

void FlowLog::Doze(bool worked) {
  if (worked) {
    doorbell_.Nap(kNap);
    return;
  }
  doorbell_.Announce();
  for (const Source& source : sources_) {
    if (source.ring->Empty()) continue;
    doorbell_.Withdraw();
    return;
  }
  doorbell_.Wait(
      std::max(std::min({chain_.UntilHead(), sampler_.UntilLate(), rollup_.UntilDue()}), kNap));
}

}  // namespace firebreak::flows
