// Verdicts of people on past incidents, as weights of what is found next.
#ifndef FIREBREAK_DETECT_FEEDBACK_H_
#define FIREBREAK_DETECT_FEEDBACK_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/names.h"
#include "detect/notes.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Feedback weighs findings by what was said of their like: each false alarm halves what a kind of
// finding counts, each intruder adds a quarter, within kLeast and kMost. It counts from the last
// moment of the incident that was spoken of, so that the same records still tell of that incident.
// Bait and stolen SVIDs are not for feedback: they can be muted, not worn down.
class Feedback {
 public:
  static constexpr double kLeast = 0.25;
  static constexpr double kMost = 1.5;

  // Heed takes over the verdicts of notes in the place of those before.
  void Heed(const Notes& notes, Names& names);
  // WeightOf is what to multiply the evidence of a signal about this call with.
  double WeightOf(Signal signal, const Call& call) const;

 private:
  struct Key {
    Signal signal;
    NameId source;
    NameId destination;
    friend bool operator==(const Key& a, const Key& b) {
      return a.signal == b.signal && a.source == b.source && a.destination == b.destination;
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.signal, key.source, key.destination);
    }
  };
  struct Said {
    int64_t from_us = 0;
    double factor = 1;
  };

  absl::flat_hash_map<Key, std::vector<Said>> said_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_FEEDBACK_H_
