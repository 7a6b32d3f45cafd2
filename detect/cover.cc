#include "detect/cover.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace firebreak::detect {
namespace {

// How long after a loss of records a pod's cover is not to be trusted.
constexpr int64_t kLossUs = 2 * kMinuteUs;
constexpr int64_t kWarmUpUs = kMinuteUs;
// How far back calls are judged: a little more than they are held back for.
constexpr int64_t kJudgedWithinUs = kMinuteUs;
// How long a handler may go on behind a caller that gave up.
constexpr int64_t kGoesOnUs = 30 * kSecondUs;

}  // namespace

Cover::Route& Cover::RouteOf(Pod& pod, NameId name) {
  for (Route& route : pod.routes) {
    if (route.name == name) return route;
  }
  if (pod.routes.size() < kMaxRoutes) {
    pod.routes.push_back({.name = name});
    return pod.routes.back();
  }
  pod.routes.back().name = kOtherName;  // from now on of all that have no place of their own
  return pod.routes.back();
}

void Cover::MakeRoom(Route& route, int64_t now_us) {
  auto& stretches = route.stretches;
  size_t drop = 0;
  while (stretches.size() - drop >= kStretches) {
    const bool full = stretches.size() - drop >= kMostStretches || stretches_ >= kMaxStretches;
    if (!full && stretches[drop].end_us >= now_us - kJudgedWithinUs) break;
    route.forgotten_us = stretches[drop].end_us;
    ++drop;
    --stretches_;
  }
  stretches.erase(stretches.begin(), stretches.begin() + static_cast<std::ptrdiff_t>(drop));
}

void Cover::Insert(Route& route, Stretch stretch) {
  auto& stretches = route.stretches;
  if (route.requests++ == 0) route.first_us = stretch.start_us;
  route.open_us += stretch.end_us - stretch.start_us;
  // Ends come nearly in order, so what overlaps is at the end.
  while (!stretches.empty() && stretches.back().end_us + kSlackUs >= stretch.start_us &&
         stretches.back().start_us <= stretch.end_us + kSlackUs) {
    const Stretch& last = stretches.back();
    route.open_us -= std::max<int64_t>(
        0, std::min(last.end_us, stretch.end_us) - std::max(last.start_us, stretch.start_us));
    stretch.start_us = std::min(stretch.start_us, last.start_us);
    stretch.end_us = std::max(stretch.end_us, last.end_us);
    stretches.pop_back();
    --stretches_;
  }
  MakeRoom(route, stretch.end_us);
  stretches.push_back(stretch);
  ++stretches_;
  // A late one goes to its place, so that the rule above holds for the next.
  for (size_t i = stretches.size() - 1; i > 0 && stretches[i].end_us < stretches[i - 1].end_us;
       --i) {
    std::swap(stretches[i], stretches[i - 1]);
  }
}

void Cover::Add(const Call& call) {
  const bool placed = call.destination_pod != kNoName;
  placeless_ |= !placed;
  const Key key = {call.destination_pod, placed ? kNoName : call.destination};
  auto found = pods_.find(key);
  if (found == pods_.end()) {
    if (pods_.size() >= kMaxPods) ForgetIdle();
    found = pods_.emplace(key, Pod{.first_us = call.start_us}).first;
  }
  Pod& pod = found->second;
  pod.last_us = std::max(pod.last_us, call.end_us);
  pod.first_us = std::min(pod.first_us, call.start_us);
  // Nobody waits for the answer, but the handler may go on for about as long as one would have.
  const int64_t goes_on = call.gave_up ? std::max(kGoesOnUs, call.end_us - call.start_us) : 0;
  Route& route = RouteOf(pod, call.route);
  if (call.gave_up) route.goes_on_us = std::max(route.goes_on_us, call.end_us + goes_on);
  Insert(route, {call.start_us, call.end_us + goes_on});
  if (call.trace != 0) {
    traces_.Insert(absl::HashOf(placed ? call.destination_pod : call.destination, call.trace));
  }
}

void Cover::Lost(const Call& call) {
  const auto found = pods_.find(Key{call.source_pod, kNoName});
  if (found != pods_.end()) found->second.lost_us = call.end_us;
}

// GapOf leaves gap_us as it is where the route was not open before. False: that is not known.
bool Cover::GapOf(const Route& route, int64_t at_us, int64_t& gap_us) {
  // The last to end of those that had begun says it all.
  for (auto stretch = route.stretches.rbegin(); stretch != route.stretches.rend(); ++stretch) {
    if (at_us < stretch->start_us - kSlackUs) continue;
    gap_us = at_us <= stretch->end_us + kSlackUs ? 0 : at_us - stretch->end_us;
    return true;
  }
  return at_us >= route.forgotten_us;
}

bool Cover::GapsOfPod(const Pod& pod, int64_t at_us, std::vector<Gap>& gaps) const {
  if (pod.lost_us != 0 && at_us < pod.lost_us + kLossUs) return false;
  // When a pod, or the log, begins, requests were open whose records are not there.
  if (at_us < pod.first_us + kWarmUpUs) return false;
  const int64_t known_us = std::max<int64_t>(1, at_us - pod.first_us);
  for (const Route& route : pod.routes) {
    int64_t gap = at_us - pod.first_us + kDayUs;  // never, as far as is known
    if (!GapOf(route, at_us, gap)) return false;
    gaps.push_back({.route = route.name,
                    .us = gap,
                    .open_us = route.open_us,
                    .requests = route.requests,
                    .known_us = known_us,
                    .route_known_us = std::max<int64_t>(1, at_us - route.first_us),
                    .goes_on = at_us <= route.goes_on_us + kSlackUs});
  }
  return true;
}

bool Cover::GapsOf(const Call& call, std::vector<Gap>& gaps) const {
  gaps.clear();
  if (call.source_pod != kNoName) {
    const auto own = pods_.find(Key{call.source_pod, kNoName});
    if (own != pods_.end() && !GapsOfPod(own->second, call.start_us, gaps)) return false;
  }
  if (!placeless_) return true;
  const auto shared = pods_.find(Key{kNoName, call.source});
  return shared == pods_.end() || GapsOfPod(shared->second, call.start_us, gaps);
}

std::optional<double> Cover::FreshRouteHours(const Call& call) const {
  constexpr int64_t kMuchYounger = 10;
  std::vector<Gap> gaps;
  std::optional<double> hours;
  if (!GapsOf(call, gaps)) return hours;
  for (const Gap& gap : gaps) {
    if (gap.us != 0 || gap.route_known_us > gap.known_us / kMuchYounger) continue;
    const double age = static_cast<double>(gap.route_known_us) / static_cast<double>(kHourUs);
    hours = std::min(age, hours.value_or(age));
  }
  return hours;
}

bool Cover::Traced(const Call& call) const {
  return call.trace != 0 && (traces_.Contains(absl::HashOf(call.source_pod, call.trace)) ||
                             traces_.Contains(absl::HashOf(call.source, call.trace)));
}

void Cover::ForgetIdle() {
  std::vector<int64_t> ends;
  ends.reserve(pods_.size());
  for (const auto& [unused, pod] : pods_) ends.push_back(pod.last_us);
  const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 4);
  std::nth_element(ends.begin(), middle, ends.end());
  const int64_t oldest = *middle;
  absl::erase_if(pods_, [oldest](const auto& entry) { return entry.second.last_us <= oldest; });
  CountStretches();
}

void Cover::CountStretches() {
  stretches_ = 0;
  for (const auto& [unused, pod] : pods_) {
    for (const Route& route : pod.routes) stretches_ += route.stretches.size();
  }
}

}  // namespace firebreak::detect
