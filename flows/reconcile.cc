#include "flows/reconcile.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/path_template.h"
#include "base/saturate.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/redact.h"

namespace firebreak::flows {
namespace {

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
                    .call = absl::StrCat(flow.source.principal, "\n", flow.destination.principal),
                    .path = "",
                    .verdict = flow.verdict,
                    .inbound = flow.direction == "INBOUND",
                    .refused = !Carried(flow),
                    .wanted = true,
                    .by_route = false,
                    .sent = SentBytes(flow),
                    .received = ReceivedBytes(flow)};
  if (flow.event == kRequestEvent) {
    absl::StrAppend(&reported.call, "\n", flow.http.method, "\n", flow.trace_id);
    reported.path = flow.http.path;
    reported.what = absl::StrCat(flow.http.method, " ", flow.http.path);
    if (flow.http.status != 0) absl::StrAppend(&reported.what, " ", flow.http.status);
  }
  return reported;
}

// SharedRoute is what both sidecars say of a path, whatever each of them shows of it: one of
// another version, or with other show_paths, leaves out other ids.
std::string SharedRoute(absl::string_view path) {
  std::string scratch;
  return PathTemplate(RedactPath(path, PathKind::kAny, &scratch).text);
}

// JoinKey is of a call. No field can hold a line feed in a log that is one line.
std::string JoinKey(const Reported& line, absl::string_view path) {
  return absl::StrCat(line.call, "\n", path);
}

// ShowOtherIds: the paths are of one route, and not the same.
bool ShowOtherIds(const Reported& a, const Reported& b) {
  return a.path != b.path && !HidesPart(a.path) && !HidesPart(b.path);
}

bool SameBytes(const Reported& a, const Reported& b) {
  return a.sent == b.sent && a.received == b.received;
}

bool Near(uint64_t a, uint64_t b) {
  return std::max(a, b) - std::min(a, b) <= Reconciler::kMaxInFlight;
}

bool Forwarded(const Reported& line) {
  return line.verdict == "FORWARDED" || line.verdict == "AUDIT";
}

bool Agree(const Reported& a, const Reported& b) {
  if (SameBytes(a, b)) return true;
  if (Forwarded(a) && Forwarded(b)) return false;
  return Near(a.sent, b.sent) && Near(a.received, b.received);
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

void WaitingLines::Add(Reported line) {
  const Place place(line.time, added_++);
  by_bytes_.emplace(line.sent, line.received, place);
  lines_.emplace(place, std::move(line));
}

Reported WaitingLines::Take(Lines::const_iterator at) {
  by_bytes_.erase({at->second.sent, at->second.received, at->first});
  return std::move(lines_.extract(at).mapped());
}

std::optional<Reported> WaitingLines::TakeEqual(const Reported& line, absl::Duration tolerance) {
  const auto found =
      by_bytes_.lower_bound({line.sent, line.received, Place(line.time - tolerance, 0)});
  if (found == by_bytes_.end()) return std::nullopt;
  const auto& [sent, received, place] = *found;
  if (sent != line.sent || received != line.received) return std::nullopt;
  if (place.first > line.time + tolerance) return std::nullopt;
  return Take(lines_.find(place));
}

WaitingLines::Lines::const_iterator WaitingLines::Nearest(const Reported& line) const {
  const auto after = lines_.lower_bound(Place(line.time, 0));
  if (after == lines_.begin()) return after;
  const auto earlier = std::prev(after);
  const bool is_after =
      after != lines_.end() && after->first.first - line.time < line.time - earlier->first.first;
  return is_after ? after : earlier;
}

absl::Duration WaitingLines::Distance(const Reported& line) const {
  const auto nearest = Nearest(line);
  if (nearest == lines_.end()) return absl::InfiniteDuration();
  return absl::AbsDuration(nearest->first.first - line.time);
}

std::optional<Reported> WaitingLines::TakeNearest(const Reported& line, absl::Duration tolerance) {
  if (Distance(line) > tolerance) return std::nullopt;
  return Take(Nearest(line));
}

Reported WaitingLines::TakeOldest() { return Take(lines_.begin()); }

void Reconciler::NotePresence(const Flow& flow) {
  if (flow.reporter.principal.empty()) return;
  Presence& presence = presence_[flow.reporter.principal];
  if (MissingHere(flow)) {
    auto& losses = presence.losses;
    const absl::Time from = std::min(presence.last, flow.time);
    if (losses.size() < kMaxLosses) {
      losses.push_back({.from = from, .to = flow.time, .left = flow.lost.count});
    } else {
      losses.back().to = flow.time;
      losses.back().left = SaturatingAdd(losses.back().left, flow.lost.count);
    }
  }
  presence.first = std::min(presence.first, flow.time);
  presence.last = std::max(presence.last, flow.time);
}

void Reconciler::See(const Flow& flow) {
  NotePresence(flow);
  if (!Ended(flow)) return;
  const bool wanted = wanted_(flow);
  if (!Comparable(flow)) {
    if (wanted) ++left_out_;
    return;
  }
  Reported reported = ReportedOf(flow);
  reported.wanted = wanted;
  Waiting& waiting = by_path_[JoinKey(reported, reported.path)];
  Wait(std::move(reported), waiting);
  latest_ = std::max(latest_, flow.time);
  if (latest_ < next_expiry_) return;
  // A line is settled when everything that could belong to it has been read; logs may be out of
  // order by another tolerance.
  Expire(latest_ - 2 * tolerance_);
  next_expiry_ = latest_ + tolerance_ / 2;
}

void Reconciler::Wait(Reported line, Waiting& waiting) {
  Side& side = line.inbound ? waiting.inbound : waiting.outbound;
  Side& other = line.inbound ? waiting.outbound : waiting.inbound;
  // What needs no counterpart waits until what does has chosen.
  if (line.refused) {
    side.refused.Add(std::move(line));
  } else if (const auto equal = other.needing.TakeEqual(line, tolerance_)) {
    Join(line, *equal);
  } else {
    side.needing.Add(std::move(line));
  }
}

// Expire settles routes later: what belongs to a line of a path may have come after it.
void Reconciler::Expire(absl::Time before) {
  Settle(by_path_, before);
  Settle(by_route_, before - tolerance_);
}

void Reconciler::Settle(Calls& calls, absl::Time before) {
  for (auto it = calls.begin(); it != calls.end();) {
    Waiting& waiting = it->second;
    SettleNeeding(waiting.inbound, waiting.outbound, before);
    SettleNeeding(waiting.outbound, waiting.inbound, before);
    SettleRefused(waiting.inbound, waiting.outbound, before);
    SettleRefused(waiting.outbound, waiting.inbound, before);
    it = waiting.inbound.empty() && waiting.outbound.empty() ? calls.erase(it) : std::next(it);
  }
}

void Reconciler::NotFound(Reported line) {
  if (!line.path.empty() && !line.by_route) {
    line.by_route = true;
    Waiting& waiting = by_route_[JoinKey(line, SharedRoute(line.path))];
    Wait(std::move(line), waiting);
  } else if (!line.refused) {
    AddOneSided(std::move(line));
  } else if (line.wanted) {
    ++left_out_;
  }
}

void Reconciler::SettleNeeding(Side& side, Side& other, absl::Time before) {
  while (!side.needing.empty() && side.needing.oldest().time < before) {
    Reported line = side.needing.TakeOldest();
    // What was refused has no bytes, and equal ones go first.
    const bool empty = line.sent == 0 && line.received == 0;
    const bool refused =
        other.refused.Distance(line) <= (empty ? tolerance_ : other.needing.Distance(line));
    WaitingLines& lines = refused ? other.refused : other.needing;
    if (const auto found = lines.TakeNearest(line, tolerance_)) {
      Join(line, *found);
    } else {
      NotFound(std::move(line));
    }
  }
}

void Reconciler::SettleRefused(Side& side, Side& other, absl::Time before) {
  while (!side.refused.empty() && side.refused.oldest().time < before) {
    Reported line = side.refused.TakeOldest();
    if (const auto found = other.refused.TakeNearest(line, tolerance_)) {
      Join(line, *found);
    } else {
      NotFound(std::move(line));
    }
  }
}

void Reconciler::Join(const Reported& a, const Reported& b) {
  if (ShowOtherIds(a, b)) {
    NotFound(a);
    NotFound(b);
    return;
  }
  if (!a.wanted && !b.wanted) return;
  ++joined_;
  if (Agree(a, b)) return;
  ++differing_count_;
  if (differing_.size() < kMaxKept) {
    differing_.push_back({.inbound = a.inbound ? a : b, .outbound = a.inbound ? b : a});
  }
}

void Reconciler::AddOneSided(Reported flow) {
  if (!flow.wanted) return;
  ++one_sided_count_;
  if (one_sided_.size() < kMaxKept) one_sided_.push_back({.flow = std::move(flow)});
}

OneSided Reconciler::Why(const Reported& flow) {
  const auto found = presence_.find(flow.peer());
  if (found == presence_.end()) return OneSided::kSilent;
  Presence& peer = found->second;
  for (Loss& loss : peer.losses) {
    if (loss.left == 0 || flow.time < loss.from - tolerance_ || flow.time > loss.to + tolerance_) {
      continue;
    }
    --loss.left;
    return OneSided::kLost;
  }
  const bool outside = flow.time < peer.first - tolerance_ || flow.time > peer.last + tolerance_;
  return outside ? OneSided::kOutside : OneSided::kMissing;
}

void Reconciler::Finish() {
  Expire(absl::InfiniteFuture());
  std::stable_sort(
      one_sided_.begin(), one_sided_.end(),
      [](const OneSidedFlow& a, const OneSidedFlow& b) { return a.flow.time < b.flow.time; });
  // In the order of time, as the losses are: each excuses the first lines that it can.
  for (OneSidedFlow& one : one_sided_) one.why = Why(one.flow);
  std::stable_sort(
      differing_.begin(), differing_.end(),
      [](const Differing& a, const Differing& b) { return a.inbound.time < b.inbound.time; });
}

}  // namespace firebreak::flows
