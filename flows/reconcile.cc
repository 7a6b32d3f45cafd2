#include "flows/reconcile.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

#include "flows/flow_facts.h"

namespace firebreak::flows {
namespace {

constexpr size_t kMaxScanned = 256;   // candidates looked at for one line
constexpr size_t kMaxLosses = 1'000;  // kept for one principal; more run together

bool Carried(const Flow& flow) {
  return flow.verdict == "FORWARDED" || flow.verdict == "AUDIT" || SentBytes(flow) > 0 ||
         ReceivedBytes(flow) > 0;
}

// Comparable tells whether the other sidecar should have a line about it.
bool Comparable(const Flow& flow) {
  if (flow.direction != "INBOUND" && flow.direction != "OUTBOUND") return false;
  if (flow.source.principal.empty() || flow.destination.principal.empty()) return false;
  return !CarriesRequests(flow) && flow.weight <= 1;
}

Reported ReportedOf(const Flow& flow) {
  Reported reported{.time = flow.time,
                    .flow_id = flow.flow_id,
                    .source = flow.source.principal,
                    .destination = flow.destination.principal,
                    .what = flow.protocol,
                    .verdict = flow.verdict,
                    .inbound = flow.direction == "INBOUND",
                    .refused = !Carried(flow),
                    .sent = SentBytes(flow),
                    .received = ReceivedBytes(flow)};
  if (flow.event == "REQUEST") {
    reported.what = absl::StrCat(flow.http.method, " ", flow.http.path);
    if (flow.http.status != 0) absl::StrAppend(&reported.what, " ", flow.http.status);
  }
  return reported;
}

// JoinKey is what both sidecars know. No field can hold a line feed in a log that is one line.
std::string JoinKey(const Flow& flow) {
  if (flow.event != "REQUEST") {
    return absl::StrCat(flow.source.principal, "\n", flow.destination.principal);
  }
  return absl::StrCat(flow.source.principal, "\n", flow.destination.principal, "\n",
                      flow.http.method, "\n", flow.http.path, "\n", flow.trace_id);
}

bool SameBytes(const Reported& a, const Reported& b) {
  return a.sent == b.sent && a.received == b.received;
}

// Insert keeps the order of time; lines come nearly in it.
void Insert(Reported reported, std::deque<Reported>& side) {
  auto at = side.end();
  while (at != side.begin() && std::prev(at)->time > reported.time) --at;
  side.insert(at, std::move(reported));
}

// HasTwin tells whether a line of side other than its first has the bytes of candidate, which
// belongs to that one then.
bool HasTwin(const std::deque<Reported>& side, const Reported& candidate) {
  const size_t end = std::min(side.size(), kMaxScanned);
  for (size_t i = 1; i < end; ++i) {
    if (SameBytes(side[i], candidate)) return true;
  }
  return false;
}

// CounterpartOf finds the line of other that belongs to the first of side.
std::optional<size_t> CounterpartOf(const std::deque<Reported>& side,
                                    const std::deque<Reported>& other, absl::Duration tolerance) {
  const Reported& line = side.front();
  std::vector<size_t> candidates;
  const size_t end = std::min(other.size(), kMaxScanned);
  for (size_t i = 0; i < end && other[i].time <= line.time + tolerance; ++i) {
    if (other[i].time < line.time - tolerance) continue;
    if (SameBytes(other[i], line)) return i;
    candidates.push_back(i);
  }
  for (const size_t i : candidates) {
    if (!HasTwin(side, other[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

absl::string_view OneSidedName(OneSided why) {
  switch (why) {
    case OneSided::kSilent:
      return "SILENT";
    case OneSided::kOutside:
      return "OUTSIDE";
    case OneSided::kLost:
      return "LOST";
    case OneSided::kMissing:
      return "MISSING";
  }
  return "";
}

void Reconciler::NotePresence(const Flow& flow) {
  if (flow.reporter.principal.empty()) return;
  Presence& presence = presence_[flow.reporter.principal];
  if (MissingHere(flow)) {
    auto& losses = presence.losses;
    const absl::Time from = std::min(presence.last, flow.time);
    if (losses.size() < kMaxLosses) {
      losses.emplace_back(from, flow.time);
    } else {
      losses.back().second = flow.time;
    }
  }
  presence.first = std::min(presence.first, flow.time);
  presence.last = std::max(presence.last, flow.time);
}

void Reconciler::See(const Flow& flow) {
  NotePresence(flow);
  if (!Ended(flow)) return;
  if (!Comparable(flow)) {
    ++left_out_;
    return;
  }
  Reported reported = ReportedOf(flow);
  Waiting& waiting = waiting_[JoinKey(flow)];
  Insert(std::move(reported), flow.direction == "INBOUND" ? waiting.inbound : waiting.outbound);
  latest_ = std::max(latest_, flow.time);
  if (latest_ < next_expiry_) return;
  // A line is settled when everything that could belong to it has been read; logs may be out of
  // order by another tolerance.
  Expire(latest_ - 2 * tolerance_);
  next_expiry_ = latest_ + tolerance_ / 2;
}

void Reconciler::Expire(absl::Time before) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Waiting& waiting = it->second;
    Settle(waiting.inbound, waiting.outbound, before);
    Settle(waiting.outbound, waiting.inbound, before);
    it = waiting.inbound.empty() && waiting.outbound.empty() ? waiting_.erase(it) : std::next(it);
  }
}

void Reconciler::Settle(std::deque<Reported>& side, std::deque<Reported>& other,
                        absl::Time before) {
  while (!side.empty() && side.front().time < before) {
    const auto found = CounterpartOf(side, other, tolerance_);
    if (found.has_value()) {
      const auto at = other.begin() + static_cast<std::ptrdiff_t>(*found);
      Join(side.front(), *at);
      other.erase(at);
    } else if (side.front().refused) {
      ++left_out_;
    } else {
      AddOneSided(std::move(side.front()));
    }
    side.pop_front();
  }
}

void Reconciler::Join(const Reported& a, const Reported& b) {
  ++joined_;
  // Whoever refuses counts what it answered itself; the other side never sees all of it.
  const auto carried = [](const Reported& line) {
    return line.verdict == "FORWARDED" || line.verdict == "AUDIT";
  };
  if (SameBytes(a, b) || !carried(a) || !carried(b)) return;
  ++differing_count_;
  if (differing_.size() < kMaxKept) {
    differing_.push_back({.inbound = a.inbound ? a : b, .outbound = a.inbound ? b : a});
  }
}

void Reconciler::AddOneSided(Reported flow) {
  ++one_sided_count_;
  if (one_sided_.size() < kMaxKept) one_sided_.push_back({.flow = std::move(flow)});
}

OneSided Reconciler::Why(const Reported& flow) const {
  const auto found = presence_.find(flow.peer());
  if (found == presence_.end()) return OneSided::kSilent;
  const Presence& peer = found->second;
  for (const auto& [from, to] : peer.losses) {
    if (flow.time >= from - tolerance_ && flow.time <= to + tolerance_) return OneSided::kLost;
  }
  const bool outside = flow.time < peer.first - tolerance_ || flow.time > peer.last + tolerance_;
  return outside ? OneSided::kOutside : OneSided::kMissing;
}

void Reconciler::Finish() {
  Expire(absl::InfiniteFuture());
  waiting_.clear();
  for (OneSidedFlow& one : one_sided_) one.why = Why(one.flow);
  std::stable_sort(
      one_sided_.begin(), one_sided_.end(),
      [](const OneSidedFlow& a, const OneSidedFlow& b) { return a.flow.time < b.flow.time; });
  std::stable_sort(
      differing_.begin(), differing_.end(),
      [](const Differing& a, const Differing& b) { return a.inbound.time < b.inbound.time; });
}

}  // namespace firebreak::flows
