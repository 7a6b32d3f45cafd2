#include "detect/payload.h"

#include <algorithm>

namespace firebreak::detect {
namespace {

// How often an hour shows a scanner's request and an unrelated orphan of its receiver within a
// minute of each other.
constexpr double kByChance = 1e-4;

}  // namespace

void Payload::Received(const Call& call) {
  const NameId pod = call.destination_pod != kNoName ? call.destination_pod : call.destination;
  if (last_us_.size() >= kMaxPods && !last_us_.contains(pod)) last_us_.clear();
  int64_t& last = last_us_[pod];
  last = std::max(last, call.end_us);
}

std::optional<Clue> Payload::Orphan(const Call& call) const {
  const auto found = last_us_.find(call.source_pod != kNoName ? call.source_pod : call.source);
  if (found == last_us_.end()) return std::nullopt;
  const int64_t after = call.end_us - found->second;
  if (after < 0 || after > kWithinUs) return std::nullopt;
  return Clue{.signal = Signal::kPayload,
              .p = kByChance,
              .per_hour = 0,
              .observed = static_cast<double>(after) / 1e6,
              .usual = 0};
}

}  // namespace firebreak::detect
