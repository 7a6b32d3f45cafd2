#include "detect/suspicion.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr int64_t kSpreadUs = 10 * kMinuteUs;
constexpr double kUnheardOf = 1e-3;  // chance of an orphan
constexpr double kMaxWeakDecades = 6;
constexpr double kMaxDecades = 12;
constexpr double kLeastDecades = 0.5;  // below it a call by itself is not kept
constexpr int64_t kLeastLinkUs = 10 * kSecondUs;
// A second kind of clue about one call is not quite independent of the first.
constexpr double kSecondKind = 0.7;
// The same signal again at the same pod: less each time, and far less within the same second,
// where one cause makes many.
constexpr double kAgain = 0.8;
constexpr double kAgainAtOnce = 0.3;
// An orphan over the same edge again, where a young generation or a habit explains it: so many an
// hour are expected of the edge.
constexpr double kAgainHere = 0.2;
constexpr double kExplains = 1e-3;
constexpr int kMaxWalk = 16;  // steps looked back over for the edge

bool IsWeak(Signal signal) { return static_cast<int>(signal) < kWeakSignals; }

size_t Index(Signal signal) { return static_cast<size_t>(signal); }

}  // namespace

Suspicion::Place Suspicion::PlaceOf(NameId pod, NameId identity) {
  constexpr uint64_t kIdentity = uint64_t{1} << 32;
  return pod != kNoName ? Place{pod} : kIdentity | identity;
}

void Suspicion::Expect(const Call& call, double orphan_chance) {
  const Place place = PlaceOf(call.source_pod, call.source);
  if (pods_.size() >= kMaxPods && !pods_.contains(place)) return;
  Pod& pod = pods_[place];
  pod.calls.Add(1, call.end_us, kHourUs);
  // A timer's orphans are no clues, and so must not excuse those of other edges.
  if (orphan_chance > kCommonplace) return;
  pod.orphans_expected.Add(orphan_chance, call.end_us, kHourUs);
  if (orphan_chance <= kUnheardOf) {
    pod.orphans_unheard_of.Add(orphan_chance, call.end_us, kHourUs);
  }
  orphans_expected_.Add(orphan_chance, call.end_us, kSpreadUs);
}

// Spread is by how much more pods show a signal lately than one by one would.
double Suspicion::Spread(Signal signal, int64_t now_us, const Pod& pod) const {
  double others = pods_with_clue_[Index(signal)].Total(now_us, kSpreadUs);
  if (pod.last_clue_us[Index(signal)] > now_us - kSpreadUs) others -= 1;
  const double expected =
      signal == Signal::kOrphan ? orphans_expected_.Total(now_us, kSpreadUs) : 0;
  return std::max(1.0, (others + 1) / (expected + 1));
}

double Suspicion::DecadesOf(const Clue& clue, const Call& call, const Pod& pod,
                            int64_t since_us) const {
  const bool linked = since_us != 0;
  const int64_t window = linked ? std::max(call.start_us - since_us, kLeastLinkUs) : kHourUs;
  const double hours =
      static_cast<double>(std::min(window, kHourUs)) / static_cast<double>(kHourUs);
  if (!IsWeak(clue.signal)) {
    return std::min(kMaxDecades,
                    -std::log10(std::clamp(clue.p * std::max(hours, 0.1), 1e-12, 1.0)));
  }
  const FallingCount& orphans =
      clue.p <= kUnheardOf ? pod.orphans_unheard_of : pod.orphans_expected;
  double an_hour = clue.p * pod.calls.Total(call.end_us, kHourUs);
  if (clue.signal == Signal::kOrphan) an_hour = orphans.Total(call.end_us, kHourUs);
  const double expected = (std::max(an_hour, clue.p) + clue.per_hour) * hours + clue.p;
  const double spread = Spread(clue.signal, call.end_us, pod);
  return std::min(kMaxWeakDecades, -std::log10(std::clamp(expected * spread, 1e-12, 1.0)));
}

int Suspicion::Before(const Call& call, const Step* from) {
  int times = 0;
  for (int i = 0; i < kMaxWalk && from != nullptr; ++i) {
    const Call& other = from->call;
    if (PlaceOf(other.source_pod, other.source) != PlaceOf(call.source_pod, call.source)) break;
    const bool same = other.destination == call.destination && other.route == call.route &&
                      other.port == call.port;
    times += same ? 1 : 0;
    from = from->previous == 0 ? nullptr : Find(from->previous);
  }
  return times;
}

Suspicion::Weight Suspicion::Weigh(const Call& call, const std::vector<Clue>& clues, const Pod& pod,
                                   const Step* from) {
  Weight weight;
  const bool same_pod = from != nullptr && PlaceOf(from->call.source_pod, from->call.source) ==
                                               PlaceOf(call.source_pod, call.source);
  if (same_pod) weight.repeats = from->repeats;
  const bool at_once = same_pod && call.start_us - from->call.start_us < kSecondUs;
  const double same_edge = std::pow(kAgainHere, Before(call, from));
  std::vector<double> decades;
  for (const Clue& clue : clues) {
    if (clue.signal == Signal::kReach) continue;  // ranks, and says nothing of how rare this is
    const double rare = DecadesOf(clue, call, pod, from == nullptr ? 0 : from->call.start_us);
    double value = clue.weight * std::max(0.0, rare - clue.explained);
    uint8_t& again = weight.repeats[Index(clue.signal)];
    if (again > 0) value *= std::pow(kAgain, again) * (at_once ? kAgainAtOnce : 1);
    if (clue.signal == Signal::kOrphan && clue.per_hour > kExplains) value *= same_edge;
    if (again < 50) ++again;
    decades.push_back(value);
  }
  std::sort(decades.begin(), decades.end(), std::greater<>());
  double share = 1;
  for (const double value : decades) {
    weight.decades += value * share;
    share *= kSecondKind;
  }
  return weight;
}

void Suspicion::NoteClues(const Call& call, const std::vector<Clue>& clues, Pod& pod) {
  for (const Clue& clue : clues) {
    int64_t& last = pod.last_clue_us[Index(clue.signal)];
    if (call.end_us - last > kSpreadUs) {
      pods_with_clue_[Index(clue.signal)].Add(1, call.end_us, kSpreadUs);
    }
    last = std::max(last, call.end_us);
  }
}

void Suspicion::Consider(StepId id, const Pod& pod, Step& step) {
  const Step* const from = Find(id);
  if (from == nullptr || from->call.start_us > step.call.start_us ||
      step.call.start_us - from->call.start_us > kMemoryUs) {
    return;
  }
  const Weight weight = Weigh(step.call, step.clues, pod, from);
  if (from->evidence + weight.decades <= step.evidence) return;
  const bool same_pod = PlaceOf(from->call.source_pod, from->call.source) ==
                        PlaceOf(step.call.source_pod, step.call.source);
  step.evidence = from->evidence + weight.decades;
  step.repeats = weight.repeats;
  step.previous = id;
  step.hops = from->hops + (same_pod ? 0 : 1);
  step.length = from->length + 1;
}

StepId Suspicion::Add(const Call& call, const std::vector<Clue>& clues) {
  const Place place = PlaceOf(call.source_pod, call.source);
  static const Pod unknown;
  const auto found = pods_.find(place);
  const Pod& pod = found == pods_.end() ? unknown : found->second;
  Step step{.call = call, .clues = clues};
  const Weight alone = Weigh(call, clues, pod, nullptr);
  if (found != pods_.end()) NoteClues(call, clues, found->second);
  step.own = step.evidence = alone.decades;
  step.repeats = alone.repeats;
  if (step.own < kLeastDecades) return 0;
  for (const StepId id : Neighbours(step)) Consider(id, pod, step);
  if (steps_.size() >= kMaxSteps) Forget();
  steps_.push_back(std::move(step));
  Remember(next_, steps_.back());
  return next_++;
}

Step* Suspicion::Find(StepId id) {
  const StepId first = next_ - steps_.size();
  return id < first || id >= next_ ? nullptr : &steps_[id - first];
}

std::vector<StepId> Suspicion::Neighbours(const Step& step) {
  std::vector<StepId> near;
  const auto collect = [&near](const absl::flat_hash_map<Place, Last>& map, Place place) {
    const auto found = map.find(place);
    if (found == map.end()) return;
    for (const StepId id : found->second) {
      if (id != 0) near.push_back(id);
    }
  };
  const Call& call = step.call;
  collect(out_of_, PlaceOf(call.source_pod, call.source));
  collect(into_, PlaceOf(call.source_pod, call.source));
  if (call.source_pod != kNoName) collect(into_, PlaceOf(kNoName, call.source));
  collect(out_of_, PlaceOf(call.destination_pod, call.destination));
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  return near;
}

void Suspicion::Remember(StepId id, const Step& step) {
  const auto push = [id](Last& last) {
    std::rotate(last.begin(), last.end() - 1, last.end());
    last[0] = id;
  };
  push(out_of_[PlaceOf(step.call.source_pod, step.call.source)]);
  push(into_[PlaceOf(step.call.destination_pod, step.call.destination)]);
}

void Suspicion::Forget() {
  steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(kMaxSteps / 4));
  const StepId first = next_ - steps_.size();
  const auto stale = [first](const auto& entry) { return entry.second[0] < first; };
  absl::erase_if(out_of_, stale);
  absl::erase_if(into_, stale);
}

}  // namespace firebreak::detect
