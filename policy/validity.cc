#include "policy/validity.h"

#include <algorithm>

namespace firebreak::policy {
namespace {

constexpr int kMinutesPerHour = 60;

bool IsOn(uint8_t days, absl::CivilDay day) {
  return (days & (1U << static_cast<unsigned>(absl::GetWeekday(day)))) != 0;
}

// Narrow makes *span end at edge, on whichever side of t that is.
void Narrow(absl::Time edge, absl::Time t, TimeSpan* span) {
  if (edge <= t) {
    span->from = std::max(span->from, edge);
  } else {
    span->until = std::min(span->until, edge);
  }
}

}  // namespace

bool WeeklyWindow::Contains(absl::Time t) const {
  const absl::CivilSecond local = zone.At(t).cs;
  const absl::CivilDay today(local);
  const int minute = local.hour() * kMinutesPerHour + local.minute();
  if (from < to) return IsOn(days, today) && from <= minute && minute < to;
  // Over midnight: today's has begun, or yesterday's has not ended.
  return (IsOn(days, today) && from <= minute) || (IsOn(days, today - 1) && minute < to);
}

TimeSpan WeeklyWindow::StableAround(absl::Time t) const {
  const absl::CivilDay today(zone.At(t).cs);
  // Between these days there is no edge but where a clock shows one of the two times of day, for
  // the first or the second time, or is set past it.
  constexpr int kDays = 3;
  TimeSpan span{zone.At(absl::CivilSecond(today - kDays)).pre,
                zone.At(absl::CivilSecond(today + kDays)).post};
  for (int day = -kDays; day <= kDays; ++day) {
    for (const int minute : {from, to}) {
      const absl::CivilMinute at = absl::CivilMinute(today + day) + minute;
      const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(at));
      for (const absl::Time edge : {info.pre, info.trans, info.post}) Narrow(edge, t, &span);
    }
  }
  return span;
}

bool Validity::Contains(absl::Time t) const {
  if (!lifetime.Contains(t)) return false;
  return weekly.empty() || std::any_of(weekly.begin(), weekly.end(),
                                       [t](const WeeklyWindow& w) { return w.Contains(t); });
}

void ValidityEdges::Add(const Validity& validity) {
  times_.push_back(validity.lifetime.from);
  times_.push_back(validity.lifetime.until);
  windows_.insert(validity.weekly.begin(), validity.weekly.end());
}

void ValidityEdges::Settle() {
  std::sort(times_.begin(), times_.end());
  times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
}

TimeSpan ValidityEdges::StableAround(absl::Time t) const {
  TimeSpan span;
  const auto next = std::upper_bound(times_.begin(), times_.end(), t);
  if (next != times_.end()) span.until = *next;
  if (next != times_.begin()) span.from = *(next - 1);
  for (const WeeklyWindow& window : windows_) {
    const TimeSpan stable = window.StableAround(t);
    span.from = std::max(span.from, stable.from);
    span.until = std::min(span.until, stable.until);
  }
  return span;
}

}  // namespace firebreak::policy
