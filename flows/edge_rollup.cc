#include "flows/edge_rollup.h"

#include <algorithm>
#include <string>
#include <utility>

#include "flows/grpc_status.h"

namespace firebreak::flows {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr int kServerError = 500;

// Borrowed names the same text without being a holder of it: the count of holders is in the hands
// of another thread, which is busy with it.
SharedString Borrowed(const SharedString& text) { return {SharedString(), text.get()}; }

bool CarriesRequests(const Record& record) {
  return record.event == Event::kClose &&
         (record.protocol == Protocol::kHttp1 || record.protocol == Protocol::kHttp2);
}

// Failed is what Failed of flow_facts.h says of the line.
bool Failed(const Record& record) {
  if (record.verdict == Verdict::kError) return true;
  if (record.verdict == Verdict::kDropped || !record.http.has_value()) return false;
  if (!record.http->grpc || record.http->grpc_status < 0) {
    return record.http->status >= kServerError;
  }
  return IsServerFault(static_cast<uint64_t>(record.http->grpc_status));
}

// IsLeftToRequests: of an outbound connection that carried requests nobody knows the other end;
// they name theirs.
bool IsLeftToRequests(const Record& record) {
  return CarriesRequests(record) && record.direction == Direction::kOutbound &&
         record.verdict == Verdict::kForwarded && record.destination.principal == nullptr;
}

}  // namespace

void EdgeSums::Count(const Record& record) {
  ++(record.event == Event::kRequest ? requests : connections);
  if (Failed(record)) ++errors;
  if (CarriesRequests(record)) return;
  bytes_sent += record.bytes_sent;
  bytes_received += record.bytes_received;
  const auto took = static_cast<uint64_t>(std::max<int64_t>(record.duration_us, 0));
  ++latency_count;
  latency_sum_us += took;
  for (size_t i = kBounds.size(); i > 0 && took <= kBounds[i - 1]; --i) ++within[i - 1];
}

bool operator==(const EdgeOf& a, const EdgeOf& b) {
  return a.direction == b.direction && a.verdict == b.verdict && a.port == b.port &&
         a.others == b.others && SameText(a.source, b.source) &&
         SameText(a.destination, b.destination);
}

EdgeRollup::EdgeRollup(size_t max_edges, const Clock& clock)
    : max_edges_(max_edges), clock_(clock), began_(clock.MonoNow()) {}

void EdgeRollup::Take(const Record& record) {
  const bool ended = record.event == Event::kClose || record.event == Event::kRequest;
  if (max_edges_ == 0 || !ended || IsLeftToRequests(record)) return;
  if (edges_.empty()) {
    const absl::Duration into_minute = (clock_.WallNow() - absl::UnixEpoch()) % kMinute;
    due_ = clock_.MonoNow() + absl::ToChronoNanoseconds(kMinute - into_minute);
  }
  EdgeOf edge{.direction = record.direction,
              .verdict = record.verdict,
              .source = Borrowed(record.source.principal),
              .destination = Borrowed(record.destination.principal),
              .port = record.destination.port};
  const auto found = edges_.find(edge);
  if (found != edges_.end()) return found->second.Count(record);
  if (edges_.size() < max_edges_) {
    edge.source = record.source.principal;
    edge.destination = record.destination.principal;
  } else {
    edge = {.direction = record.direction, .verdict = record.verdict, .others = true};
  }
  edges_[std::move(edge)].Count(record);
}

absl::Duration EdgeRollup::UntilDue() const {
  if (edges_.empty()) return absl::InfiniteDuration();
  return absl::FromChrono(due_ - clock_.MonoNow());
}

void EdgeRollup::HandOn(const std::function<void(const RollupLine&)>& take) {
  const MonoTime now = clock_.MonoNow();
  const absl::Duration length = std::min(absl::FromChrono(now - began_), kMinute);
  const absl::Time time = clock_.WallNow();
  for (const auto& [edge, sums] : edges_) take({edge, sums, time, length});
  edges_.clear();
  began_ = now;
}

}  // namespace firebreak::flows
