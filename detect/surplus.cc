#include "detect/surplus.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr double kDayWindows = 288;
constexpr uint32_t kLearnWindows = 200;
constexpr double kLeastSurplus = 3;  // calls a window
constexpr double kTellNats = 14;     // e^-14: one window in a million
constexpr double kForgetNats = 4;
constexpr double kMostNats = 30;
constexpr double kWindowsAnHour = 12;

}  // namespace

void Surplus::Received(const Call& call) {
  if (asked_.size() < kMaxPairs || asked_.contains(call.destination)) ++asked_[call.destination];
}

double Surplus::Gain(const Counts& counts, double calls, double expected) {
  const double more = 2 * expected + kLeastSurplus;
  return (calls * std::log(more / expected) - (more - expected)) / counts.variance;
}

void Surplus::Close(Counts& counts, uint64_t asked) {
  const double requests = static_cast<double>(asked - counts.asked_at) + 1;
  const double calls = counts.calls;
  const double share = 1 / std::min(kDayWindows, counts.windows + 1.0);
  if (counts.windows >= kLearnWindows) {
    const double expected =
        std::max(0.01, counts.calls_mean * std::min(requests / counts.asked_mean, 4.0));
    counts.sum = std::clamp(counts.sum + Gain(counts, calls, expected), 0.0, kMostNats);
    // Whoever is at it must not become what is usual by being at it.
    if (counts.sum > kForgetNats) return;
    const double off = (calls - expected) * (calls - expected) / std::max(expected, 1.0);
    counts.variance = std::max(1.0, counts.variance + share * (off - counts.variance));
  }
  counts.told = false;
  counts.calls_mean += share * (calls - counts.calls_mean);
  counts.asked_mean += share * (requests - counts.asked_mean);
  ++counts.windows;
}

std::optional<Clue> Surplus::See(const Call& call) {
  const Pair pair = {call.source, call.destination};
  auto found = pairs_.find(pair);
  if (found == pairs_.end()) {
    if (pairs_.size() >= kMaxPairs) return std::nullopt;
    found = pairs_.emplace(pair, Counts()).first;
    found->second.window = call.end_us / kWindowUs;
  }
  Counts& counts = found->second;
  const uint64_t asked = asked_.contains(call.source) ? asked_.at(call.source) : 0;
  const int64_t window = call.end_us / kWindowUs;
  if (window > counts.window) {
    Close(counts, asked);
    // Windows without a call; their requests were counted with the first of them.
    const int64_t idle = std::min<int64_t>(window - counts.window - 1, 288);
    counts.calls = 0;
    counts.asked_at = asked;
    for (int64_t i = 0; i < idle; ++i) Close(counts, asked);
    counts.window = window;
  }
  ++counts.calls;
  if (counts.windows < kLearnWindows || counts.told) return std::nullopt;
  const double requests = static_cast<double>(asked - counts.asked_at) + 1;
  // The window is not over: what is usual for all of it is expected of it.
  const double expected = std::max(
      {0.01, counts.calls_mean, counts.calls_mean * std::min(requests / counts.asked_mean, 4.0)});
  const double sum = counts.sum + Gain(counts, counts.calls, expected);
  if (sum < kTellNats) return std::nullopt;
  counts.told = true;
  return Clue{.signal = Signal::kSurplus,
              .p = std::min(1.0, kWindowsAnHour * std::exp(-sum)),
              .per_hour = 0,
              .observed = static_cast<double>(counts.calls),
              .usual = expected};
}

}  // namespace firebreak::detect
