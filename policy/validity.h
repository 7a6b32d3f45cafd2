// When a rule holds: from a time, until a time, and in hours of the week.
#ifndef FIREBREAK_POLICY_VALIDITY_H_
#define FIREBREAK_POLICY_VALIDITY_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

namespace firebreak::policy {

// TimeSpan is from <= t < until.
struct TimeSpan {
  absl::Time from = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();

  bool Contains(absl::Time t) const { return from <= t && t < until; }
};

// WeeklyWindow is open whenever a clock on the wall of its zone shows a day and time in it. So
// where clocks are set forward, times that no clock shows are not there, and where they are set
// back, times that come twice count twice.
struct WeeklyWindow {
  static constexpr int kMinutesPerDay = 24 * 60;

  // Bit 0 is Monday: the days on which it begins.
  uint8_t days = 0;
  // Minutes since midnight. to < from: it ends on the day after; to may be kMinutesPerDay.
  int from = 0;
  int to = kMinutesPerDay;
  absl::TimeZone zone;

  bool Contains(absl::Time t) const;
  // StableAround returns a span around t, at most some days long, in which Contains does not
  // change.
  TimeSpan StableAround(absl::Time t) const;

  friend bool operator==(const WeeklyWindow& a, const WeeklyWindow& b) {
    return a.days == b.days && a.from == b.from && a.to == b.to && a.zone == b.zone;
  }
  template <typename H>
  friend H AbslHashValue(H state, const WeeklyWindow& window) {
    return H::combine(std::move(state), window.days, window.from, window.to, window.zone);
  }
};

// Validity is the block of that name of one rule: within lifetime, and in one of weekly if there
// are any.
struct Validity {
  TimeSpan lifetime;
  std::vector<WeeklyWindow> weekly;

  bool Contains(absl::Time t) const;

  friend bool operator==(const Validity& a, const Validity& b) {
    return a.lifetime.from == b.lifetime.from && a.lifetime.until == b.lifetime.until &&
           a.weekly == b.weekly;
  }
  template <typename H>
  friend H AbslHashValue(H state, const Validity& validity) {
    return H::combine(std::move(state), validity.lifetime.from, validity.lifetime.until,
                      validity.weekly);
  }
};

// ValidityEdges tells when the answers of many validities may change next. Immutable once made.
class ValidityEdges {
 public:
  void Add(const Validity& validity);
  // Settle goes before StableAround and after the last Add.
  void Settle();

  // StableAround returns a span around t in which no validity that was added begins or ends. The
  // cost follows the number of different weekly windows, not that of validities.
  TimeSpan StableAround(absl::Time t) const;

  size_t windows() const { return windows_.size(); }

 private:
  std::vector<absl::Time> times_;  // ascending, none twice
  absl::flat_hash_set<WeeklyWindow> windows_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_VALIDITY_H_
