// Calls in the order of time, from records that arrive in about that order.
#ifndef FIREBREAK_DETECT_CALL_STREAM_H_
#define FIREBREAK_DETECT_CALL_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "detect/call.h"
#include "detect/state.h"

namespace firebreak::detect {

// CallStream holds each call back until the records of what went on around it must have arrived,
// and gives calls out in the order of their ends. A request is recorded when it is over, and so
// after the calls that it caused: kHoldUs is how much later its record may come. What is later
// still is given out at once and counted.
//
// The time of the stream is the latest time of a record, with one exception: a jump ahead of more
// than kJumpUs counts only once several records in a row say so. One node with a wrong clock cannot
// make everybody else late.
class CallStream {
 public:
  static constexpr int64_t kHoldUs = 30 * kSecondUs;
  static constexpr int64_t kJumpUs = 5 * kMinuteUs;
  static constexpr size_t kMaxHeld = size_t{1} << 18;  // beyond it the oldest go early

  void Add(const Call& call);
  // Next takes the next call that is due. False: none is.
  bool Next(Call& call);
  // Finish makes everything due that is held.
  void Finish();

  int64_t now_us() const { return now_us_; }
  // GivenOutUntil is the time up to which every call that was added was given out.
  int64_t GivenOutUntil() const;
  uint64_t late() const { return late_; }

  // What is saved is the calls that are held back. The time is that of the next record.
  void Save(StateWriter& out) const;
  void Restore(StateReader& in);

 private:
  static constexpr size_t kSlots = 64;  // of a second each; more than kHoldUs
  static constexpr int kJumpVotes = 16;

  void Advance(int64_t time_us);
  void Release(int64_t up_to_second);

  std::array<std::vector<Call>, kSlots> slots_;
  std::vector<Call> due_;
  size_t taken_ = 0;  // of due_
  size_t held_ = 0;
  int64_t now_us_ = 0;           // 0: nothing came yet
  int64_t released_second_ = 0;  // everything up to here was given out
  int jump_votes_ = 0;
  uint64_t late_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_CALL_STREAM_H_
