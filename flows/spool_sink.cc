#include "flows/spool_sink.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"

namespace firebreak::flows {
namespace {

constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr int kMaxDoublings = 8;
constexpr absl::Duration kLongestAsked = absl::Hours(1);
constexpr uint64_t kFullSpoolBytes = SpoolSink::kPieceBytes / 8;  // compressed
constexpr std::chrono::seconds kStopGrace(5);

}  // namespace

absl::Duration Backoff::Next(absl::Duration asked) {
  failures_ = std::min(failures_ + 1, kMaxDoublings);
  const absl::Duration most = kFirstWait * (1 << (failures_ - 1));
  const absl::Duration wait = most * absl::Uniform(random_, 0.5, 1.0);
  return std::max(wait, std::min(asked, kLongestAsked));
}

absl::StatusOr<std::unique_ptr<SpoolSink>> SpoolSink::Open(const std::string& name,
                                                           SpoolOptions spool, uint64_t run,
                                                           std::unique_ptr<FlowSink> receiver,
                                                           const Clock& clock,
                                                           absl::Duration linger) {
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<SpoolSink> sink(new SpoolSink(name, std::move(receiver), clock, linger));
  FB_ASSIGN_OR_RETURN(sink->spool_, Spool::Open(std::move(spool), run, sink->losses_, clock));
  // What an earlier process has left goes at once.
  if (sink->spool_->bytes() > 0) sink->due_ = clock.MonoNow();
  sink->thread_ = StartThread("fb-flow-send", [raw = sink.get()] { raw->Run(); });
  return sink;
}

SpoolSink::SpoolSink(const std::string& name, std::unique_ptr<FlowSink> receiver,
                     const Clock& clock, absl::Duration linger)
    : name_(name), receiver_(std::move(receiver)), clock_(clock), linger_(linger), losses_(name) {}

SpoolSink::~SpoolSink() { Stop(); }

Delivery SpoolSink::Deliver(const Batch& batch) {
  const absl::Status kept = spool_->Append(batch);
  // The loss is in the ledger already; more room will not come by waiting with this one.
  if (!kept.ok() && !losing_) FB_LOG(kError, "flow log: ", name_, ": ", kept.message());
  if (kept.ok() && losing_) FB_LOG(kInfo, "flow log: ", name_, ": the spool takes lines again");
  losing_ = !kept.ok();
  const absl::Duration wait = batch.awaited ? std::min(kLinger, linger_) : linger_;
  const MonoTime due = clock_.MonoNow() + absl::ToChronoNanoseconds(wait);
  const std::lock_guard lock(mutex_);
  due_ = std::min(due_.value_or(due), due);
  changed_.notify_all();
  return Delivery::Taken();
}

void SpoolSink::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    stopped_at_ = clock_.MonoNow();
    changed_.notify_all();
  }
  thread_.join();
  receiver_->Stop();
}

void SpoolSink::AmendStats(SinkStats* stats) const {
  stats->lines_written = lines_delivered_.load(std::memory_order_relaxed);
  stats->bytes_written = bytes_delivered_.load(std::memory_order_relaxed);
  stats->failures += failures_.load(std::memory_order_relaxed);
  stats->spool_bytes = spool_->bytes();
  stats->lag = std::max(stats->lag, spool_->lag());
  losses_.AddTotals(stats);
}

std::vector<Loss> SpoolSink::TakeLosses() { return losses_.Take(); }

void SpoolSink::Run() {
  while (WaitForWork() && DeliverAll()) {
  }
}

// DeliverAll takes what is in the spool to the receiver; false: the sink stops.
bool SpoolSink::DeliverAll() {
  while (true) {
    const absl::StatusOr<std::optional<Spool::Piece>> front = spool_->Front(kPieceBytes);
    if (!front.ok()) {
      PutOff(front.status().message(), absl::ZeroDuration());
      if (!WaitFor(wait_)) return false;
      continue;
    }
    const std::optional<Spool::Piece>& piece = *front;
    if (!piece.has_value()) return true;
    while (!Settle(*piece, receiver_->Deliver(piece->batch))) {
      if (!WaitFor(wait_)) return false;
    }
    if (MustEnd()) return false;
  }
}

// WaitForWork waits for lines, and then for more of them; false when there are none to come.
bool SpoolSink::WaitForWork() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return due_.has_value() || stop_; });
  if (!due_.has_value()) return false;
  MonoTime now = clock_.MonoNow();
  while (!stop_ && now < *due_ && spool_->bytes() < kFullSpoolBytes) {
    changed_.wait_for(lock, *due_ - now);
    now = clock_.MonoNow();
  }
  due_.reset();
  return true;
}

// MustEnd: a long backlog is not for who waits for the process to end.
bool SpoolSink::MustEnd() {
  const std::lock_guard lock(mutex_);
  return stop_ && clock_.MonoNow() - stopped_at_ > kStopGrace;
}

void SpoolSink::PutOff(absl::string_view why, absl::Duration wait) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  if (!away_) FB_LOG(kWarning, "flow log: ", name_, " is away, spooling: ", why);
  away_ = true;
  wait_ = backoff_.Next(wait);
}

// Settle returns whether the piece is done with.
bool SpoolSink::Settle(const Spool::Piece& piece, const Delivery& delivery) {
  const Batch& batch = piece.batch;
  if (delivery.fate == Delivery::Fate::kLater) {
    PutOff(delivery.detail, delivery.wait);
    return false;
  }
  if (std::exchange(away_, false)) FB_LOG(kInfo, "flow log: ", name_, " is back");
  backoff_.Reset();
  const bool refused = delivery.fate == Delivery::Fate::kRefused;
  const uint64_t lost = refused ? batch.lines : std::min(delivery.refused_lines, batch.lines);
  if (lost > 0) {
    losses_.Add(LostCause::kRefused, lost, piece.own_run ? batch.first_sequence : 0,
                piece.own_run ? batch.last_sequence : 0);
    FB_LOG(kError, "flow log: ", name_, " refuses ", lost, " of ", batch.lines,
           " lines: ", delivery.detail);
  }
  if (refused) {
    const absl::Status aside = spool_->SetAside(batch.text);
    if (!aside.ok()) FB_LOG(kError, aside.message());
  }
  lines_delivered_.fetch_add(batch.lines - lost, std::memory_order_relaxed);
  bytes_delivered_.fetch_add(refused ? 0 : batch.text.size(), std::memory_order_relaxed);
  spool_->Acknowledge(piece);
  return true;
}

// WaitFor returns false when the sink stops.
bool SpoolSink::WaitFor(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, absl::ToChronoMilliseconds(duration), [this] { return stop_; });
}

}  // namespace firebreak::flows
