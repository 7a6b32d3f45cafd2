// Surprise weighs how unexpected something is, given how often it was seen.
#ifndef FIREBREAK_INSPECT_BASELINE_SURPRISE_H_
#define FIREBREAK_INSPECT_BASELINE_SURPRISE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace firebreak::inspect {

// kDeviant: from here on a request deviates. One thing that was never seen in some 200 samples is
// enough; a few samples never are.
inline constexpr double kDeviant = 3.0;

// Doubt is for a training that had attacks in it: what so few samples show may be their work alone.
struct Doubt {
  double one = 0;  // of one thing, such as a character or a name: this share of the samples
  double any = 0;  // of all values that are none of an enumeration
};

// Whether what was seen so few times in `samples` counts as never seen.
inline bool IsDoubted(uint64_t seen, uint64_t samples, double doubt) {
  return static_cast<double>(seen) <= doubt * static_cast<double>(samples);
}

// Surprise of something that was seen `seen` times in `samples`: 0 for what is seen in more than
// 3 % of them, up to 2 for what is rarer, and up to kDeviant, as samples grow, for what was never
// seen. Rare things therefore add up (an attack shows several at once) but do not block alone, so
// that a few poisoned samples do not make their contents normal. What was seen in no more than the
// share `doubt` of the samples counts as never seen.
inline double Surprise(uint64_t seen, uint64_t samples, double doubt = 0) {
  if (samples == 0) return 0;
  if (IsDoubted(seen, samples, doubt)) seen = 0;
  if (seen == 0) return std::min(kDeviant, 1.303 * std::log10(static_cast<double>(samples) + 1));
  const double share = static_cast<double>(seen) / static_cast<double>(samples);
  return std::clamp(-std::log10(share) - 1.5, 0.0, 2.0);
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_SURPRISE_H_
