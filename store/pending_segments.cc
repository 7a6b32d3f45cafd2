#include "store/pending_segments.h"

#include <algorithm>

#include "flows/flow_facts.h"
#include "store/columns.h"

namespace firebreak::store {
namespace {

// What a segment takes up beside its rows: about.
constexpr uint64_t kSegmentBytes = 4'096;

uint64_t TextBytes(const flows::Flow& flow) {
  uint64_t bytes = 0;
  std::string scratch;
  for (const Column& column : Columns()) {
    if (column.type == ColumnType::kText) bytes += column.Text(flow, &scratch).size();
  }
  return bytes;
}

}  // namespace

int AgeStep(absl::Time time, absl::Time now) {
  constexpr absl::Duration kSteps[] = {
      absl::Minutes(1), absl::Minutes(10),    absl::Hours(2),        absl::Hours(12),
      absl::Hours(48),  absl::Hours(24 * 31), absl::Hours(24 * 366), absl::Hours(24 * 3'653)};
  const absl::Duration ahead = time - now;
  const auto* const step =
      std::lower_bound(std::begin(kSteps), std::end(kSteps), absl::AbsDuration(ahead));
  const auto number = static_cast<int>(step - std::begin(kSteps));
  return ahead < absl::ZeroDuration() ? -number : number;
}

// MayShare: whether the row goes to a segment of many.
bool PendingSegments::MayShare(const flows::Flow& flow, absl::Time now) {
  if (!fair_) return true;
  if (now >= window_ends_ || now < window_ends_ - kWindow) {
    window_ends_ = now + kWindow;
    shared_bytes_ = 0;
    shared_by_.clear();
  }
  const uint64_t taken = shared_by_[flow.reporter.principal];
  if (taken >= std::max(kOwnAfterBytes, shared_bytes_ / kSharedParts)) return false;
  return TextBytes(flow) <= kOwnAfterBytes;
}

void PendingSegments::Add(const flows::Flow& flow, absl::Time now, bool alone) {
  const bool apart = fair_ && alone && segments_.size() < kMaxSegments / 2;
  const bool shared = !apart && MayShare(flow, now);
  const int step = AgeStep(flow.time, now);
  PendingSegment& segment = segments_[Key(shared ? "" : flow.reporter.principal, step)];
  const int64_t time_us = absl::ToUnixMicros(flow.time);
  const bool first = segment.builder.rows() == 0;
  segment.first_us = first ? time_us : std::min(segment.first_us, time_us);
  segment.last_us = first ? time_us : std::max(segment.last_us, time_us);
  const auto note = [&](absl::string_view party) {
    if (segment.parties.contains(party)) return;
    segment.parties.emplace(party);
    bytes_ += sizeof(std::string) + party.size();
  };
  note(flows::PartyName(flow.source));
  if (!flows::LeftToItsRequests(flow)) note(flows::PartyName(flow.destination));
  const size_t texts = segment.builder.text_bytes();
  const size_t raw = segment.builder.raw_bytes();
  segment.builder.Add(flow);
  bytes_ += segment.builder.text_bytes() - texts;
  ++rows_;
  if (!fair_ || !shared) return;
  const uint64_t grown = segment.builder.raw_bytes() - raw + (first ? kSegmentBytes : 0);
  shared_by_[flow.reporter.principal] += grown;
  shared_bytes_ += grown;
}

void PendingSegments::Clear() {
  segments_.clear();
  rows_ = 0;
  bytes_ = 0;
}

bool PendingSegments::full() const {
  return rows_ >= kMaxSegmentRows || bytes_ >= kMaxSegmentText || segments_.size() >= kMaxSegments;
}

}  // namespace firebreak::store
