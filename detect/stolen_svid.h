// One SVID used from two places.
#ifndef FIREBREAK_DETECT_STOLEN_SVID_H_
#define FIREBREAK_DETECT_STOLEN_SVID_H_

#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"

namespace firebreak::detect {

// StolenSvid watches from where each SVID is presented. A pod that moves or restarts takes its SVID
// from one place to another, once. A thief uses it while the owner still does: first here, then
// there, then here again. Agents that give one SVID to several pods of an identity do the same, so
// each identity is learned: the more of its SVIDs were shared before, the less it says.
//
// Misses: an owner that makes no call after the thief's; a thief behind the owner's own address.
class StolenSvid {
 public:
  std::optional<Clue> See(const Call& call);

 private:
  struct Place {
    NameId address = kNoName;
    int64_t last_us = 0;
  };
  struct Svid {
    Place current;
    Place before;
    bool shared = false;
  };
  struct Habit {
    uint32_t svids = 0;
    uint32_t shared = 0;
  };
  void Forget(int64_t now_us);

  absl::flat_hash_map<uint64_t, Svid> svids_;
  absl::flat_hash_map<NameId, Habit> habits_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STOLEN_SVID_H_
