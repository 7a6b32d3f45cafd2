#include "detect/cover.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace firebreak::detect {
namespace {

// How long after a loss of records a pod's cover is not to be trusted.
constexpr int64_t kLossUs = 2 * kMinuteUs;
constexpr int64_t kWarmUpUs = kMinuteUs;
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

void Cover::Insert(Route& route, Stretch stretch) {
  auto& stretches = route.stretches;
  const int64_t length = stretch.end_us - stretch.start_us;
  route.open_us += length;
  // Ends come nearly in order, so what overlaps is at the end.
  uint32_t kept = route.used;
  while (kept > 0 && stretches[kept - 1].end_us + kSlackUs >= stretch.start_us &&
         stretches[kept - 1].start_us <= stretch.end_us + kSlackUs) {
    const Stretch& last = stretches[kept - 1];
    route.open_us -= std::max<int64_t>(
        0, std::min(last.end_us, stretch.end_us) - std::max(last.start_us, stretch.start_us));
    stretch.start_us = std::min(stretch.start_us, last.start_us);
    stretch.end_us = std::max(stretch.end_us, last.end_us);
    --kept;
  }
  route.used = kept;
  if (route.used == kStretches) {
    route.forgotten_us = stretches[0].end_us;
    std::copy(stretches.begin() + 1, stretches.end(), stretches.begin());
    --route.used;
  }
  stretches[route.used++] = stretch;
  // A late one goes to its place, so that the rule above holds for the next.
  for (uint32_t i = route.used - 1; i > 0 && stretches[i].end_us < stretches[i - 1].end_us; --i) {
    std::swap(stretches[i], stretches[i - 1]);
  }
}

void Cover::Add(const Call& call) {
  const bool placed = call.destination_pod != kNoName;
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

bool Cover::GapsOfPod(const Pod& pod, int64_t at_us, std::vector<Gap>& gaps) const {
  if (pod.lost_us != 0 && at_us < pod.lost_us + kLossUs) return false;
  // When a pod, or the log, begins, requests were open whose records are not there.
  if (at_us < pod.first_us + kWarmUpUs) return false;
  const auto known_us = static_cast<double>(std::max<int64_t>(1, at_us - pod.first_us));
  for (const Route& route : pod.routes) {
    if (at_us < route.forgotten_us) return false;
    int64_t gap = at_us - pod.first_us + kDayUs;  // never, as far as is known
    for (uint32_t i = 0; i < route.used; ++i) {
      const Stretch& stretch = route.stretches[i];
      if (at_us < stretch.start_us - kSlackUs) continue;
      gap = std::min(gap, at_us <= stretch.end_us + kSlackUs ? 0 : at_us - stretch.end_us);
    }
    const double share = std::min(1.0, static_cast<double>(route.open_us) / known_us);
    gaps.push_back({.route = route.name,
                    .us = gap,
                    .open_share = share,
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
  const auto shared = pods_.find(Key{kNoName, call.source});
  return shared == pods_.end() || GapsOfPod(shared->second, call.start_us, gaps);
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
}

}  // namespace firebreak::detect
