#include "detect/new_causes.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

// How many of its calls lie within, or behind, the requests of a route that has begun to cause
// them.
constexpr double kOfItsCalls = 0.9;
constexpr double kBehindSeconds = 10;
constexpr double kSlackSeconds =
    2 * static_cast<double>(Cover::kSlackUs) / static_cast<double>(kSecondUs);
// A route that is there at every third moment tells nothing.
constexpr double kTells = 0.3;
constexpr double kLeastChance = 1e-4;  // no estimate is better than that
// ChanceOf is how likely a moment of its own choosing lies where the candidate's calls do.
double ChanceOf(const Cover::Gap& gap, bool behind) {
  const double chance =
      behind ? gap.PerSecond() * kBehindSeconds : gap.OpenShare() + gap.PerSecond() * kSlackSeconds;
  return std::clamp(chance, kLeastChance, 1 - kLeastChance);
}

bool LiesThere(const Cover::Gap& gap, bool behind) {
  if (!behind) return gap.us == 0;
  return gap.us > 0 && static_cast<double>(gap.us) <= kBehindSeconds * kSecondUs;
}

}  // namespace

double NewCauses::Explained(const EdgeKey& edge, const std::vector<Cover::Gap>& gaps,
                            int64_t at_us) {
  // Any of the routes may be the one, in either way.
  const double share = 0.5 / static_cast<double>(std::max<size_t>(1, gaps.size()));
  double odds = 0;
  for (const Cover::Gap& gap : gaps) {
    for (const bool behind : {false, true}) {
      const bool there = LiesThere(gap, behind);
      const double chance = ChanceOf(gap, behind);
      const Key key = {.edge = edge, .route = gap.route, .behind = behind};
      auto found = candidates_.find(key);
      if (found == candidates_.end()) {
        if (!there || chance > kTells) continue;
        if (candidates_.size() >= kMaxCandidates) Forget();
        found = candidates_.emplace(key, Candidate()).first;
      }
      Candidate& candidate = found->second;
      if (at_us - candidate.last_us >= kSecondUs) {  // what comes at once has one cause
        const double ratio = there ? kOfItsCalls / chance : (1 - kOfItsCalls) / (1 - chance);
        candidate.decades =
            std::clamp(candidate.decades + std::log10(ratio), kLeastDecades, kMostDecades);
        candidate.last_us = at_us;
      }
      if (there) odds += share * std::pow(10, candidate.decades);
    }
  }
  return std::log10(std::max(1.0, odds));
}

void NewCauses::Forget() {
  std::vector<int64_t> times;
  times.reserve(candidates_.size());
  for (const auto& [unused, candidate] : candidates_) times.push_back(candidate.last_us);
  const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
  std::nth_element(times.begin(), quarter, times.end());
  const int64_t oldest = *quarter;
  absl::erase_if(candidates_,
                 [oldest](const auto& entry) { return entry.second.last_us <= oldest; });
}

}  // namespace firebreak::detect
