#include "detect/beacon.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr double kRegular = 0.8;
constexpr double kShortestSeconds = 2;  // below it a loop, not a clock
constexpr double kYoungHours = 2;
// What an hour shows of new clocks by chance: to an address outside the mesh, and within it, where
// new timers are part of new code.
constexpr double kOutside = 1e-7;
constexpr double kInside = 1e-4;
constexpr double kYoungFactor = 1'000;

double Quantile(const std::array<float, Beacon::kCalls>& sorted, double q) {
  return sorted[static_cast<size_t>(q * (Beacon::kCalls - 1))];
}

}  // namespace

double Beacon::RegularityOf(std::array<float, kCalls>& values) {
  std::sort(values.begin(), values.end());
  const double q1 = Quantile(values, 0.25);
  const double q2 = Quantile(values, 0.5);
  const double q3 = Quantile(values, 0.75);
  if (q2 <= 0) return 0;
  // The skew of a spread that is nothing says nothing.
  const double spread = q3 - q1;
  const double skew = spread < 0.01 * q2 ? 0 : (q1 + q3 - 2 * q2) / spread;
  std::array<float, kCalls> off{};
  for (size_t i = 0; i < kCalls; ++i) off[i] = static_cast<float>(std::abs(values[i] - q2));
  std::sort(off.begin(), off.end());
  const double deviation = Quantile(off, 0.5) / q2;
  // A small spread is regular however it leans.
  const double lean = std::abs(skew) * std::min(1.0, spread / q2 * 4);
  return std::clamp((1 - lean + std::max(0.0, 1 - deviation)) / 2, 0.0, 1.0);
}

std::optional<Clue> Beacon::See(const Call& call, const Ages& ages, bool new_pair) {
  const Pair pair{call.source, call.destination};
  auto found = talks_.find(pair);
  if (found == talks_.end()) {
    if (!new_pair || talks_.size() >= kMaxPairs) return std::nullopt;
    found = talks_.emplace(pair, Talk()).first;
    found->second.last_us = call.start_us;
    found->second.young_caller = ages.source_generation < kYoungHours;
    Callers& callers = callers_[call.destination];
    callers.several = callers.first != kNoName && callers.first != call.source;
    callers.first = call.source;
    return std::nullopt;
  }
  Talk& talk = found->second;
  const double seconds = static_cast<double>(call.start_us - talk.last_us) / 1e6;
  if (seconds <= 0.05 || talk.told) return std::nullopt;  // a burst is one call
  talk.last_us = call.start_us;
  const size_t at = talk.calls++ % kCalls;
  talk.intervals[at] = static_cast<float>(seconds);
  talk.sizes[at] = static_cast<float>(call.bytes_sent);
  if (talk.calls < kCalls || callers_[call.destination].several) return std::nullopt;
  std::array<float, kCalls> intervals = talk.intervals;
  std::array<float, kCalls> sizes = talk.sizes;
  const double rhythm = RegularityOf(intervals);
  const double period = Quantile(intervals, 0.5);
  const double score = rhythm * 0.75 + RegularityOf(sizes) * 0.25;
  if (score < kRegular || period < kShortestSeconds) return std::nullopt;
  talk.told = true;
  const double p =
      (call.destination_outside ? kOutside : kInside) * (talk.young_caller ? kYoungFactor : 1);
  return Clue{.signal = Signal::kBeacon, .p = p, .per_hour = 0, .observed = period, .usual = 0};
}

}  // namespace firebreak::detect
