// ConnectionRequest is what the policy engine is asked about: who connects to whom.
#ifndef FIREBREAK_POLICY_REQUEST_H_
#define FIREBREAK_POLICY_REQUEST_H_

#include <cstdint>

#include "absl/time/time.h"

#include "base/ip.h"
#include "base/verdict.h"

namespace firebreak::certs {
class SpiffeId;
}  // namespace firebreak::certs

namespace firebreak::policy {

// ConnectionRequest describes one connection. Identities are borrowed for the call. INBOUND: the
// source is the peer, the destination this workload, and the destination port the one the peer
// asked for. OUTBOUND: the source is this workload, the destination the other side.
struct ConnectionRequest {
  struct Source {
    const certs::SpiffeId* id = nullptr;  // null: not authenticated (clear text)
    IpAddress ip;                         // the direct peer's; unspecified: not known
  };
  struct Destination {
    const certs::SpiffeId* id = nullptr;  // null: not known
    IpAddress ip;                         // unspecified: not known
    uint16_t port = 0;                    // 0 is refused: every connection has a port
  };

  Direction direction = Direction::kInbound;
  Source source;
  Destination destination;
  absl::Time now;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REQUEST_H_
