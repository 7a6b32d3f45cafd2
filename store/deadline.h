// When a question has taken too long.
#ifndef FIREBREAK_STORE_DEADLINE_H_
#define FIREBREAK_STORE_DEADLINE_H_

#include <algorithm>

#include "absl/time/time.h"

#include "base/clock.h"

namespace firebreak::store {

// Deadline is asked by whatever works on a question, time and again. For one thread.
class Deadline {
 public:
  // After as much as a year, in which a clock's numbers do not run out.
  Deadline(const Clock& clock, absl::Duration time)
      : clock_(clock),
        end_(clock.MonoNow() + absl::ToChronoNanoseconds(std::min(time, absl::Hours(24 * 365)))) {}

  // Passes asks the clock. What has passed stays so.
  bool Passes() {
    passed_ = passed_ || clock_.MonoNow() >= end_;
    return passed_;
  }
  bool passed() const { return passed_; }

 private:
  const Clock& clock_;
  const MonoTime end_;
  bool passed_ = false;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_DEADLINE_H_
