#include "detect/reach.h"

#include <utility>
#include <vector>

namespace firebreak::detect {

int Reach::From(NameId identity) const {
  const auto found = calls_to_jewel_.find(identity);
  return found == calls_to_jewel_.end() ? kFar : found->second;
}

// Measure walks back from the crown jewels, one call further each round.
void Reach::Measure(const EdgeBook& book, const Pair& fresh, Labels& labels, const Names& names) {
  calls_to_jewel_.clear();
  absl::flat_hash_map<NameId, std::vector<NameId>> callers;
  for (const auto& [pair, unused] : book.PairsInOrder()) {
    if (!(pair == fresh)) callers[pair.destination].push_back(pair.source);
    if (labels.Of(pair.destination, names).crown_jewel) calls_to_jewel_[pair.destination] = 0;
  }
  std::vector<NameId> round;
  for (const auto& [jewel, unused] : calls_to_jewel_) round.push_back(jewel);
  for (int calls = 1; calls < kFar && !round.empty(); ++calls) {
    std::vector<NameId> next;
    for (const NameId identity : round) {
      const auto found = callers.find(identity);
      if (found == callers.end()) continue;
      for (const NameId caller : found->second) {
        if (calls_to_jewel_.emplace(caller, calls).second) next.push_back(caller);
      }
    }
    round = std::move(next);
  }
}

std::optional<Clue> Reach::See(const Call& call, const EdgeBook& book, Labels& labels,
                               const Names& names) {
  if (!labels.HasJewels()) return std::nullopt;
  if (measured_us_ == 0 || call.end_us - measured_us_ > kHourUs) {
    Measure(book, {call.source, call.destination}, labels, names);
    measured_us_ = call.end_us;
  }
  const int before = From(call.source);
  const int after = 1 + From(call.destination);
  if (after >= before) return std::nullopt;
  return Clue{.signal = Signal::kReach,
              .p = 1,
              .per_hour = 0,
              .observed = static_cast<double>(after),
              .usual = static_cast<double>(before)};
}

}  // namespace firebreak::detect
