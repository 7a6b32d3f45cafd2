#include "detect/held_open.h"

#include <algorithm>

namespace firebreak::detect {
namespace {

constexpr double kPrior = 0.1;
constexpr double kUsual = 0.01;
// New code may stream where the old did not: so much of it falls into each e-fold of its age.
constexpr double kPerAgeFold = 0.02;
constexpr double kYoungestHours = 1.0 / 60;

}  // namespace

std::optional<Clue> HeldOpen::See(const Call& call, const Ages& ages, const Edge& edge) {
  ++all_calls_;
  if (call.end_us - call.start_us < kLongUs) return std::nullopt;
  const double everywhere =
      (static_cast<double>(all_long_) + 0.5) / (static_cast<double>(all_calls_) + 1);
  const EdgeKey key = EdgeBook::KeyOf(call);
  const auto found = long_.find(key);
  const double before = found == long_.end() ? 0 : found->second;
  const double p = std::min(1.0, (before + kPrior) / (edge.calls + kPrior / everywhere));
  ++all_long_;
  if (found != long_.end()) {
    ++found->second;
  } else if (long_.size() < kMaxEdges) {
    long_.emplace(key, 1);
  }
  if (p > kUsual) return std::nullopt;
  const double age = std::max(ages.source_generation + ages.source_before, kYoungestHours);
  return Clue{
      .signal = Signal::kHeldOpen,
      .p = p,
      .per_hour = kPerAgeFold / age,
      .observed = static_cast<double>(call.end_us - call.start_us) / static_cast<double>(kSecondUs),
      .usual = p};
}

}  // namespace firebreak::detect
