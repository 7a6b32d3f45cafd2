// What signals say.
#ifndef FIREBREAK_DETECT_SIGNAL_H_
#define FIREBREAK_DETECT_SIGNAL_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "detect/call.h"

namespace firebreak::detect {

// Signal is what was noticed. The first kWeakSignals say something only in company: each has its
// rate in ordinary traffic, and Suspicion weighs them by it. The others stand for themselves.
enum class Signal : uint8_t {
  kNewEdge,
  kNewRoute,
  kOrphan,
  kRefused,   // one first contact that was refused or failed
  kHeldOpen,  // a call that lasts and lasts
  kDenied,
  kFanOut,
  kBeacon,
  kExfiltration,
  kStolenSvid,
  kHoney,
  kPayload,
  kSurplus,
  kOffHours,
  kReach,  // adds no evidence: it ranks
  kLast = kReach,
};
inline constexpr int kSignals = static_cast<int>(Signal::kLast) + 1;
inline constexpr int kWeakSignals = 5;

// SignalName is the name in JSON and in the reference: "new-edge".
absl::string_view SignalName(Signal signal);

// Technique is an entry of MITRE ATT&CK.
struct Technique {
  absl::string_view tactic_id;
  absl::string_view tactic;
  absl::string_view id;
  absl::string_view name;
};
Technique TechniqueOf(Signal signal);

// Clue is one thing that one signal noticed about one call.
struct Clue {
  Signal signal = Signal::kNewEdge;
  // Weak signals: the chance that any one call of this caller shows this, learned from its past.
  // Others: the chance that an hour of ordinary traffic of this caller does.
  double p = 1;
  // Weak signals: how often an hour this is expected however much traffic there is, since the
  // caller or the callee is new.
  double per_hour = 0;
  // What was seen and what is usual; the unit is the signal's own.
  double observed = 0;
  double usual = 0;
  // Decades by which something harmless makes it less of a surprise.
  double explained = 0;
  // What its evidence is multiplied with, by what people said of its like.
  double weight = 1;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.signal, self.p, self.per_hour, self.observed, self.usual, self.explained,
          self.weight);
  }
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_SIGNAL_H_
