// An attack in a request, and then a call that nothing asked for.
#ifndef FIREBREAK_DETECT_PAYLOAD_H_
#define FIREBREAK_DETECT_PAYLOAD_H_

#include <cstddef>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Payload joins what inspection found in a request with an orphan that its receiver makes within a
// minute: the first is a try, both are a success. Each alone is common or weak.
class Payload {
 public:
  static constexpr int64_t kWithinUs = kMinuteUs;
  static constexpr size_t kMaxPods = size_t{1} << 16;

  // Received notes a request in which inspection found something.
  void Received(const Call& call);
  // Orphan takes an orphan of a pod.
  std::optional<Clue> Orphan(const Call& call) const;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.last_us_, kMaxPods);
  }

 private:
  absl::flat_hash_map<NameId, int64_t> last_us_;  // by pod
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_PAYLOAD_H_
