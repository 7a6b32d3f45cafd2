// Complaint keeps what somebody else can cause again and again from filling the diagnostic log.
#ifndef FIREBREAK_BASE_COMPLAINT_H_
#define FIREBREAK_BASE_COMPLAINT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace firebreak {

// One Complaint is one kind of line. For one thread.
class Complaint {
 public:
  static constexpr std::chrono::minutes kInterval{1};

  // The clock outlives it.
  explicit Complaint(const Clock& clock) : clock_(clock) {}

  // Due counts one more. When a line is due, at most once a minute, it returns how many there were
  // since the last line, this one included; else 0.
  uint64_t Due() {
    ++count_;
    const MonoTime now = clock_.MonoNow();
    if (last_.has_value() && now - *last_ < kInterval) return 0;
    last_ = now;
    return std::exchange(count_, 0);
  }

 private:
  const Clock& clock_;
  std::optional<MonoTime> last_;
  uint64_t count_ = 0;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_COMPLAINT_H_
