#include "detect/held_open.h"

#include <algorithm>
#include <vector>

#include "base/status.h"

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

void HeldOpen::Save(StateWriter& out) const {
  out.Number(all_long_);
  out.Number(all_calls_);
  std::vector<EdgeKey> keys;
  keys.reserve(long_.size());
  for (const auto& [key, unused] : long_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  out.Number(keys.size());
  for (const EdgeKey& key : keys) {
    for (const uint32_t part :
         {key.pair.source, key.pair.destination, key.route, key.port, long_.at(key)}) {
      out.Number(part);
    }
  }
}

absl::Status HeldOpen::Restore(StateReader& in) {
  *this = HeldOpen();
  FB_RETURN_IF_ERROR(in.Into(all_long_));
  FB_RETURN_IF_ERROR(in.Into(all_calls_));
  FB_ASSIGN_OR_RETURN(const uint64_t edges, in.Count(kMaxEdges));
  for (uint64_t i = 0; i < edges; ++i) {
    EdgeKey key;
    uint32_t count = 0;
    for (uint32_t* part :
         {&key.pair.source, &key.pair.destination, &key.route, &key.port, &count}) {
      FB_RETURN_IF_ERROR(in.Into(*part));
    }
    long_[key] = count;
  }
  return absl::OkStatus();
}

}  // namespace firebreak::detect
