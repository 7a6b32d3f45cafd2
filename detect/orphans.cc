#include "detect/orphans.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr uint32_t kCausesKnown = 20;  // calls after which an edge's causes are told apart
constexpr size_t kNotKnown = kGapBins;
constexpr int64_t kNeverUs = 1'000'000 * kSecondUs;
constexpr uint32_t kTeachesMinutes = 10;
constexpr double kEdgePrior = 0.2;
constexpr double kCallerPrior = 0.1;
// Callers above this share of orphans start things themselves, and tell nothing about the others.
constexpr double kOwnInitiative = 0.05;
// How much of such falls into each e-fold of a generation's age: it will do something of its own
// accord over an edge that is new with it; over an old edge it may let another route call it, where
// new causes say so, and hardly ever begins of its own accord.
constexpr double kNewPerAgeFold = 0.5;
constexpr double kOldPerAgeFold = 0.02;
constexpr double kUncausedPerAgeFold = 0.002;
constexpr double kHints = 0.5;  // decades for a new cause
constexpr double kYoungestHours = 1.0 / 60;
constexpr int kFarApartHours = 255;
constexpr double kIsACause = 3;  // decades for a new cause, above which it is one

// ShareWith is how many of the edge's calls were made while a route was open, if that is more than
// chance would have it; else 0.
double ShareWith(const Edge& edge, const Cover::Gap& gap) {
  const double n = edge.calls;
  for (const Cause& cause : edge.causes) {
    if (cause.route != gap.route || cause.together == 0) continue;
    const double open = gap.OpenShare();
    const double chance = open + 3 * std::sqrt(open * (1 - open) / n);
    const double share = std::min(1.0, cause.together / n);
    return share > std::min(chance + 0.005, 0.95) ? share : 0;
  }
  return 0;
}

// LeastGap is the time since the last request that could have caused the edge's calls. A route that
// is open most of the time is taken for a cause only where those that come and go explain too
// little: it would excuse everything.
int64_t LeastGap(const Edge& edge, const std::vector<Cover::Gap>& gaps) {
  constexpr double kMostOfTheTime = 0.5;
  constexpr double kExplained = 0.98;
  int64_t least = kNeverUs;
  if (edge.calls < kCausesKnown) {
    for (const Cover::Gap& gap : gaps) least = std::min(least, gap.us);
    return least;
  }
  const auto comes_and_goes = [](const Cover::Gap& gap) {
    return gap.OpenShare() < kMostOfTheTime;
  };
  // The usual case, and it needs to know of no other route.
  for (const Cover::Gap& gap : gaps) {
    if (gap.us == 0 && comes_and_goes(gap) && ShareWith(edge, gap) > 0) return 0;
  }
  double explained = 0;
  for (const Cover::Gap& gap : gaps) {
    if (comes_and_goes(gap)) explained += ShareWith(edge, gap);
  }
  for (const Cover::Gap& gap : gaps) {
    const bool excuses_all = !comes_and_goes(gap) && explained >= kExplained;
    if (!excuses_all && ShareWith(edge, gap) > 0) least = std::min(least, gap.us);
  }
  return least;
}

// Together counts a route that was open at a call. The rarest cause makes room for a new one.
void Together(Edge& edge, NameId route) {
  Cause* rarest = &edge.causes[0];
  for (Cause& cause : edge.causes) {
    if (cause.route == route && cause.together > 0) {
      ++cause.together;
      return;
    }
    if (cause.together < rarest->together) rarest = &cause;
  }
  // Space-saving counts: the newcomer takes over, so that one that comes again and again stays.
  rarest->route = route;
  rarest->together = rarest->together / 2 + 1;
}

size_t BinOfGap(int64_t gap_us) {
  if (gap_us <= 0) return 0;
  if (gap_us <= kSecondUs) return 1;
  return gap_us <= 10 * kSecondUs ? 2 : 3;
}

// NoteHour counts hours with orphans of an edge. The hour at hand, and the step to it, count from
// the next one on: whoever is at it must not excuse himself.
void NoteHour(Edge& edge, int64_t at_us) {
  const auto hour = static_cast<uint16_t>(at_us / kHourUs);
  const auto passed = static_cast<uint16_t>(hour - edge.orphan_hour);
  if (passed == 0) return;
  if (edge.hours_apart != 0) {
    const int before = edge.usually_apart == 0 ? edge.hours_apart : edge.usually_apart;
    edge.usually_apart = static_cast<uint8_t>((3 * before + edge.hours_apart + 3) / 4);
  }
  const bool first = edge.orphan_hour == 0;
  edge.hours_apart = static_cast<uint8_t>(first ? 0 : std::min<int>(passed, kFarApartHours));
  edge.orphan_hour = hour;
}

template <typename T>
uint64_t Tail(const std::array<T, kGapBins>& gaps, size_t bin) {
  uint64_t sum = 0;
  for (size_t i = bin; i < kGapBins; ++i) sum += gaps[i];
  return sum;
}

}  // namespace

uint64_t Orphans::Counts::AtLeast(size_t bin) const { return Tail(gaps, bin); }

size_t Orphans::BinOf(const Call& call, const Covers& covers, Edge& edge, double& gap_seconds) {
  const bool linked = call.linked || covers.own.Traced(call);
  if (linked) {
    ++edge.linked;
    return 0;
  }
  // The sidecar's own count of open requests is exact: none is none, whatever records are missing.
  if (!covers.own.GapsOf(call, gaps_)) {
    gaps_.clear();
    return call.inflight == 0 ? 1 : kNotKnown;
  }
  const int64_t least = LeastGap(edge, gaps_);
  for (const Cover::Gap& gap : gaps_) {
    if (gap.us == 0) Together(edge, gap.route);
  }
  gap_seconds = static_cast<double>(least) / static_cast<double>(kSecondUs);
  // Handlers whose callers gave up are not counted, and may be at work still.
  const bool goes_on =
      std::any_of(gaps_.begin(), gaps_.end(), [](const Cover::Gap& gap) { return gap.goes_on; });
  if (call.inflight == 0 && !goes_on) return std::max<size_t>(1, BinOfGap(least));
  // Where calls are tied to their causes as a rule, one that is tied to none is an orphan even in
  // the midst of requests.
  const bool tied =
      edge.calls >= kCausesKnown && uint64_t{edge.linked} * 10 > uint64_t{edge.calls} * 9;
  if (tied) {
    gaps_.clear();
    return kGapBins - 1;
  }
  const size_t bin = BinOfGap(least);
  if (bin > 0 && covers.told.GapsOf(call, told_) && LeastGap(edge, told_) == 0) return 0;
  return bin;
}

double Orphans::Chance(const Counts* of_caller, const Edge& edge, size_t bin) const {
  const double all =
      (static_cast<double>(of_all_.AtLeast(bin)) + 0.5) / (static_cast<double>(of_all_.calls) + 1);
  double caller = all;
  if (of_caller != nullptr) {
    caller = (static_cast<double>(of_caller->AtLeast(bin)) + kCallerPrior) /
             (static_cast<double>(of_caller->calls) + kCallerPrior / all);
  }
  const double own = (static_cast<double>(Tail(edge.gaps, bin)) + kEdgePrior) /
                     (static_cast<double>(Tail(edge.gaps, 0)) + kEdgePrior / caller);
  return std::min(1.0, own);
}

double Orphans::ShareOf(NameId caller) const {
  const auto found = of_caller_.find(caller);
  if (found == of_caller_.end() || found->second.calls == 0) return 0;
  return static_cast<double>(found->second.AtLeast(1)) / static_cast<double>(found->second.calls);
}

Orphans::Counts* Orphans::CountsOf(NameId caller) {
  const auto found = of_caller_.find(caller);
  if (found != of_caller_.end()) return &found->second;
  return of_caller_.size() < kMaxCallers ? &of_caller_[caller] : nullptr;
}

void Orphans::Count(size_t bin, Counts* of_caller, Edge& edge) {
  ++edge.gaps[bin];
  if (of_caller == nullptr) return;
  ++of_caller->calls;
  ++of_caller->gaps[bin];
  const double share =
      static_cast<double>(of_caller->AtLeast(1)) / static_cast<double>(of_caller->calls + 20);
  if (share > kOwnInitiative) return;
  ++of_all_.calls;
  ++of_all_.gaps[bin];
}

Orphans::Judgement Orphans::Judge(const Call& call, const Ages& ages, const Covers& covers,
                                  Edge& edge, bool watching) {
  Judgement judgement;
  Counts* const of_caller = CountsOf(call.source);
  judgement.expected = Chance(of_caller, edge, 1);
  size_t bin = BinOf(call, covers, edge, judgement.gap_seconds);
  if (bin == kNotKnown) return judgement;
  if (bin > 0) {
    judgement.explained = new_causes_.Explained(EdgeBook::KeyOf(call), gaps_, call.start_us);
    if (judgement.explained > kIsACause) bin = 0;
  }
  if (bin > 0) {
    judgement.orphan = true;
    judgement.p = Chance(of_caller, edge, bin);
    const double age = std::max(ages.source_generation + ages.source_before, kYoungestHours);
    const int64_t edge_minutes = call.start_us / kMinuteUs - int64_t{edge.first_minute};
    const double edge_age = static_cast<double>(edge_minutes) / 60;
    const bool new_with_generation = edge_age < ages.source_generation * 0.9;
    double per_fold = judgement.explained > kHints ? kOldPerAgeFold : kUncausedPerAgeFold;
    if (new_with_generation) per_fold = kNewPerAgeFold * 2 * ages.generation_brings_news;
    judgement.per_hour = per_fold / age;
    // An edge that had orphans in several of the hours before will have them in this one.
    NoteHour(edge, call.start_us);
    if (edge.usually_apart != 0) {
      judgement.per_hour = std::max(judgement.per_hour, 1.0 / edge.usually_apart);
    }
  }
  // Somebody who is at it must not become what is usual by being at it: once learning is over, an
  // edge teaches one orphan in ten minutes.
  const auto minute = static_cast<uint32_t>(std::max<int64_t>(0, call.start_us) / kMinuteUs);
  const bool taught = bin > 0 && watching && minute - edge.orphan_minute < kTeachesMinutes;
  if (taught) return judgement;
  if (bin > 0) edge.orphan_minute = minute;
  Count(bin, of_caller, edge);
  return judgement;
}

}  // namespace firebreak::detect
