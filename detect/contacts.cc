#include "detect/contacts.h"

#include <algorithm>
#include <cmath>

#include "detect/stable_hash.h"

namespace firebreak::detect {
namespace {

constexpr double kIntruderFails = 0.8;
constexpr double kMostHonestFailures = 0.2;
constexpr double kLeastHonestFailures = 0.02;
constexpr double kYoungHours = 2;  // a new generation may well ask before policy is ready for it
const double kDecided = std::log(1e5);  // alpha = 1e-5
constexpr int64_t kForgetUs = kHourUs;

}  // namespace

double Contacts::FailureChance(const Caller& caller, const Ages& ages) const {
  if (ages.source_generation < kYoungHours) return kMostHonestFailures;
  const double learned = (caller.failures + kMostHonestFailures) / (caller.contacts + 1.0);
  return std::clamp(learned, kLeastHonestFailures, kMostHonestFailures);
}

void Contacts::See(const Call& call, const Ages& ages, const EdgeBook& edges,
                   std::vector<Clue>& clues) {
  if (callers_.size() >= kMaxCallers && !callers_.contains(call.source)) return;
  Caller& caller = callers_[call.source];
  ++caller.calls, ++all_calls_;
  const EdgeKey key = EdgeBook::KeyOf(call);
  if (edges.Knows(key)) return;
  const bool failed = call.outcome != Outcome::kCarried;
  if (!tried_.Insert(MixAll(call.source_pod, call.source, call.destination, call.route, call.port)))
    return;
  const double chance = FailureChance(caller, ages);
  ++caller.contacts;
  if (walks_.size() >= kMaxWalks) {
    absl::erase_if(walks_, [now = call.end_us](const auto& entry) {
      return now - entry.second.last_us > kForgetUs;
    });
    if (walks_.size() >= kMaxWalks) walks_.clear();
  }
  Walk& walk = walks_[call.source_pod != kNoName ? call.source_pod : call.source];
  if (call.end_us - walk.last_us > kForgetUs) walk = Walk();
  walk.last_us = call.end_us;
  if (!failed) {
    walk.ratio = std::max(0.0, walk.ratio + std::log((1 - kIntruderFails) / (1 - chance)));
    return;
  }
  // What this failure itself teaches must not excuse it.
  const double everywhere =
      (static_cast<double>(all_failures_) + 0.5) / (static_cast<double>(all_calls_) + 1);
  const double p = (caller.failures + 0.1) / (static_cast<double>(caller.calls) + 0.1 / everywhere);
  clues.push_back({.signal = Signal::kRefused,
                   .p = std::min(1.0, p),
                   .per_hour = 0.3 / std::max(ages.source_generation, 1.0 / 60),
                   .observed = static_cast<double>(walk.failures + 1),
                   .usual = p});
  ++caller.failures, ++all_failures_;
  ++walk.failures;
  walk.ratio += std::log(kIntruderFails / chance);
  if (walk.ratio < kDecided) return;
  clues.push_back({.signal = Signal::kDenied,
                   .p = std::exp(-walk.ratio),
                   .per_hour = 0,
                   .observed = static_cast<double>(walk.failures),
                   .usual = chance});
}

}  // namespace firebreak::detect
