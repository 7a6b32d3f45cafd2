#include "detect/off_hours.h"

#include <algorithm>

#include "detect/statistics.h"

namespace firebreak::detect {
namespace {

constexpr double kMargin = 2;  // times the usual, and so many calls: hours vary more than Poisson's
constexpr double kLeast = 3;
constexpr double kTell = 1e-6;

}  // namespace

void OffHours::Turn(Week& week, int64_t hour) {
  const auto learn = [&week](int64_t at, double calls) {
    float& usual = week.usual[static_cast<size_t>(at) % kHours];
    const int64_t seen = (at - week.first_hour) / static_cast<int64_t>(kHours);
    const double share = 1.0 / static_cast<double>(std::clamp<int64_t>(seen + 1, 1, 8));
    usual += static_cast<float>(share * (calls - static_cast<double>(usual)));
  };
  learn(week.hour, week.calls);
  // Hours without a call, a week of them at most.
  const int64_t idle = std::min<int64_t>(hour - week.hour - 1, kHours - 1);
  for (int64_t i = 1; i <= idle; ++i) learn(week.hour + i, 0);
  week.hour = hour;
  week.calls = 0;
  week.told = false;
}

std::optional<Clue> OffHours::See(const Call& call) {
  const int64_t hour = call.end_us / kHourUs;
  auto found = weeks_.find(call.source);
  if (found == weeks_.end()) {
    if (weeks_.size() >= kMaxIdentities) return std::nullopt;
    found = weeks_.emplace(call.source, Week{.first_hour = hour, .hour = hour}).first;
  }
  Week& week = found->second;
  if (hour > week.hour) Turn(week, hour);
  ++week.calls;
  const bool known = hour - week.first_hour >= kWeeks * static_cast<int64_t>(kHours);
  if (!known || week.told) return std::nullopt;
  const auto at = static_cast<size_t>(hour) % kHours;
  // The hours beside it are usual too: people are not on time.
  const double usual = std::max(
      {week.usual[at], week.usual[(at + 1) % kHours], week.usual[(at + kHours - 1) % kHours]});
  const double p = PoissonTail(week.calls, kMargin * usual + kLeast);
  if (p > kTell) return std::nullopt;
  week.told = true;
  return Clue{.signal = Signal::kOffHours,
              .p = p,
              .per_hour = 0,
              .observed = static_cast<double>(week.calls),
              .usual = usual};
}

}  // namespace firebreak::detect
