// Clock is where the project reads time: a lint check bans the system's clocks elsewhere.
#ifndef FIREBREAK_BASE_CLOCK_H_
#define FIREBREAK_BASE_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

namespace firebreak {

// MonoTime is for durations and timers; it never jumps and has no meaning outside this process.
using MonoTime = std::chrono::steady_clock::time_point;

// Clock tells wall time (certificates, grants, log stamps) and monotonic time (timers). Both
// methods may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time WallNow() const = 0;
  virtual MonoTime MonoNow() const = 0;

  // Real returns the system's clock, which lives as long as the process.
  static const Clock& Real();
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_CLOCK_H_
