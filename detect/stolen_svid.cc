#include "detect/stolen_svid.h"

#include <algorithm>
#include <utility>

namespace firebreak::detect {
namespace {

constexpr int64_t kTogetherUs = 30 * kMinuteUs;
constexpr int64_t kForgetUs = kDayUs;
constexpr double kUnshared = 1e-9;
constexpr double kUsual = 0.05;  // of an identity's hours

}  // namespace

std::optional<Clue> StolenSvid::See(const Call& call, bool reporting_place) {
  if (call.svid == 0 || call.source_address == kNoName) return std::nullopt;
  std::optional<Clue> in_turn = InTurn(call);
  const std::optional<Clue> strange = Strange(call, reporting_place);
  return in_turn.has_value() ? in_turn : strange;
}

std::optional<Clue> StolenSvid::Strange(const Call& call, bool reporting_place) {
  Hours& hours = HabitOf(call.source).hours;
  const int64_t hour = call.end_us / kHourUs;
  if (hour > hours.last) {
    hours.last = hour;
    ++hours.seen, ++all_hours_;
  }
  if (reporting_place) return std::nullopt;
  // What this call itself teaches must not excuse it, nor the next one of the hour.
  const bool again = hour == hours.last_strange;
  const double everywhere = (all_strange_ - (again ? 1 : 0) + 0.5) / (all_hours_ + 1);
  const double own = hours.strange - (again ? 1 : 0);
  const double p = std::min(1.0, (own + 0.1) / (hours.seen + 0.1 / everywhere));
  if (!again) {
    hours.last_strange = hour;
    ++hours.strange, ++all_strange_;
  }
  if (p > kUsual) return std::nullopt;
  return Clue{.signal = Signal::kStolenSvid, .p = p, .per_hour = 0, .observed = 1, .usual = p};
}

std::optional<Clue> StolenSvid::InTurn(const Call& call) {
  auto found = svids_.find(call.svid);
  if (found == svids_.end()) {
    if (svids_.size() >= kMaxSvids) Forget(call.end_us);
    found = svids_.emplace(call.svid, Svid()).first;
    ++HabitOf(call.source).svids;
  }
  Svid& svid = found->second;
  if (svid.current.address == call.source_address || svid.current.address == kNoName) {
    svid.current = {call.source_address, call.end_us};
    return std::nullopt;
  }
  const bool back =
      svid.before.address == call.source_address && call.end_us - svid.before.last_us < kTogetherUs;
  svid.before = std::exchange(svid.current, {call.source_address, call.end_us});
  if (!back) return std::nullopt;
  Habit& habit = HabitOf(call.source);
  const double share = (habit.shared + 0.5) / (habit.svids + 1.0);
  const bool usual = habit.shared > (svid.shared ? 1 : 0);
  if (!std::exchange(svid.shared, true)) ++habit.shared;
  return Clue{.signal = Signal::kStolenSvid,
              .p = usual ? share : kUnshared,
              .per_hour = 0,
              .observed = 2,
              .usual = 1};
}

StolenSvid::Habit& StolenSvid::HabitOf(NameId identity) {
  if (habits_.size() >= kMaxSvids && !habits_.contains(identity)) habits_.clear();
  return habits_[identity];
}

void StolenSvid::Forget(int64_t now_us) {
  absl::erase_if(svids_, [now_us](const auto& entry) {
    return now_us - entry.second.current.last_us > kForgetUs;
  });
  if (svids_.size() >= kMaxSvids) svids_.clear();
}

}  // namespace firebreak::detect
