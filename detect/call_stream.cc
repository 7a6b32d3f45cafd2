#include "detect/call_stream.h"

#include <algorithm>
#include <tuple>

namespace firebreak::detect {

void CallStream::Advance(int64_t time_us) {
  if (now_us_ == 0) {
    now_us_ = time_us;
    released_second_ = (time_us - kHoldUs) / kSecondUs;
    return;
  }
  if (time_us <= now_us_) {
    jump_votes_ = 0;
    return;
  }
  if (time_us - now_us_ > kJumpUs && ++jump_votes_ < kJumpVotes) return;
  jump_votes_ = 0;
  now_us_ = time_us;
  Release((now_us_ - kHoldUs) / kSecondUs);
}

void CallStream::Release(int64_t up_to_second) {
  if (taken_ == due_.size()) {
    due_.clear();
    taken_ = 0;
  }
  if (held_ == 0) {
    released_second_ = std::max(released_second_, up_to_second);
    return;
  }
  while (released_second_ < up_to_second && held_ > 0) {
    ++released_second_;
    std::vector<Call>& slot = slots_[static_cast<size_t>(released_second_) % kSlots];
    std::sort(slot.begin(), slot.end(), [](const Call& a, const Call& b) {
      return std::tie(a.end_us, a.start_us, a.flow.high, a.flow.low) <
             std::tie(b.end_us, b.start_us, b.flow.high, b.flow.low);
    });
    due_.insert(due_.end(), slot.begin(), slot.end());
    held_ -= slot.size();
    slot.clear();
  }
  released_second_ = std::max(released_second_, up_to_second);
}

void CallStream::Add(const Call& call) {
  Advance(call.end_us);
  // A time far ahead of the stream's is a wrong clock, or a jump that is not believed yet.
  const int64_t second = std::min(call.end_us, now_us_) / kSecondUs;
  if (second <= released_second_) {
    ++late_;
    due_.push_back(call);
    return;
  }
  slots_[static_cast<size_t>(second) % kSlots].push_back(call);
  if (++held_ > kMaxHeld) Release(released_second_ + 1);
}

bool CallStream::Next(Call& call) {
  if (taken_ == due_.size()) return false;
  call = due_[taken_++];
  return true;
}

int64_t CallStream::GivenOutUntil() const {
  return std::min(now_us_, (released_second_ + 1) * kSecondUs - 1);
}

void CallStream::Save(StateWriter& out) const {
  std::vector<Call> held(due_.begin() + static_cast<std::ptrdiff_t>(taken_), due_.end());
  for (size_t i = 1; i <= kSlots; ++i) {
    const auto& slot = slots_[(static_cast<size_t>(released_second_) + i) % kSlots];
    held.insert(held.end(), slot.begin(), slot.end());
  }
  out.List(held, 2 * kMaxHeld);
}

void CallStream::Restore(StateReader& in) {
  std::vector<Call> held;
  in.List(held, 2 * kMaxHeld);
  *this = CallStream();
  for (const Call& call : held) Add(call);
}

void CallStream::Finish() { Release(now_us_ / kSecondUs); }

}  // namespace firebreak::detect
