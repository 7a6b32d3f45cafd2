#include "detect/fan_out.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/stable_hash.h"

namespace firebreak::detect {
namespace {

// A count so much above the most that was ever seen is worth telling.
constexpr double kAbove = 1.6;
// The tail beyond the most that was seen falls with the fourth power.
constexpr double kTail = 4;
constexpr uint32_t kWindowsKnown = 12;

}  // namespace

bool DistinctCount::Add(uint64_t hash) {
  uint8_t& rank = registers_[hash % kRegisters];
  const int zeros = std::countl_zero(hash | kRegisters);  // the bits above those of the register
  if (zeros < rank) return false;
  rank = static_cast<uint8_t>(zeros + 1);
  return true;
}

double DistinctCount::Estimate() const {
  constexpr double kAlpha = 0.709;  // for 64 registers
  double sum = 0;
  int empty = 0;
  for (const uint8_t rank : registers_) {
    sum += std::ldexp(1.0, -rank);
    if (rank == 0) ++empty;
  }
  constexpr double kCount = kRegisters;
  const double raw = kAlpha * kCount * kCount / sum;
  return raw <= 2.5 * kCount && empty > 0 ? kCount * std::log(kCount / empty) : raw;
}

std::optional<Clue> FanOut::See(const Call& call, bool learning) {
  const NameId key = call.source_pod != kNoName ? call.source_pod : call.source;
  auto found = pods_.find(key);
  if (found == pods_.end()) {
    if (pods_.size() >= kMaxPods) pods_.clear();  // ten minutes of counts, and no more
    found = pods_.emplace(key, Pod()).first;
  }
  Pod& pod = found->second;
  Identity& identity = identities_[call.source];
  const int64_t window = call.start_us / kWindowUs;
  if (window > pod.window) {
    if (pod.window != 0) ++identity.windows;
    if (learning || pod.told == 0) {
      identity.most = std::max(identity.most, pod.destinations.Estimate());
    }
    pod = {.window = window, .told = 0, .destinations = {}};
  }
  if (!pod.destinations.Add(Mix(uint64_t{call.destination} << 16 | call.port))) return std::nullopt;
  // An identity of a few runs, as a nightly job is, has shown too little to be compared with.
  if (learning || identity.windows < kWindowsKnown) return std::nullopt;
  const double count = pod.destinations.Estimate();
  const double usual = std::max(3.0, identity.most);
  if (count < kAbove * usual || count < pod.told * 1.5) return std::nullopt;
  pod.told = count;
  return Clue{.signal = Signal::kFanOut,
              .p = std::pow(usual / count, kTail) * 2 / (identity.windows + 10.0),
              .per_hour = 0,
              .observed = count,
              .usual = usual};
}

}  // namespace firebreak::detect
