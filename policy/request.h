// ConnectionRequest is what the policy engine is asked about: who connects to whom, and for what.
#ifndef FIREBREAK_POLICY_REQUEST_H_
#define FIREBREAK_POLICY_REQUEST_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "policy/remote_address.h"

namespace firebreak::certs {
class SpiffeId;
}  // namespace firebreak::certs

namespace firebreak::http {
struct Request;
}  // namespace firebreak::http

namespace firebreak::policy {

class UseCount;

// Carries says what is asked about, for the conditions that speak of HTTP: hosts, methods, paths,
// grpc, when with request keys; and protocols.
enum class Carries : uint8_t {
  // A byte stream. A rule with HTTP conditions does not match in ALLOW and does in DENY: what
  // cannot be seen cannot be let through. protocols alone is known: it is TCP.
  kBytes,
  // A connection whose requests will each be asked about, or one whose protocol is not known yet.
  // HTTP conditions are left open: a rule that has them may match in ALLOW and does not in DENY.
  kRequests,
  // One request, ConnectionRequest::http.
  kRequest,
};

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
  Carries carries = Carries::kBytes;
  const http::Request* http = nullptr;  // canonical; kRequest with none is refused
  Source source;
  Destination destination;
  // Whom remoteIpBlocks and remote.ip speak of; by default the direct peer.
  RemoteAddress remote;
  // The server name of the TLS handshake, for connection.sni; empty: there is none.
  absl::string_view server_name;
  absl::Time now;
  // Uses of rules with max_uses. takes_use: a yes opens the connection or forwards the request, so
  // it counts; otherwise it is only asked whether one is left.
  bool takes_use = false;
  // Decision::use of an earlier yes for the same connection or request: a rule whose count this is
  // matches still, and counts nothing.
  const UseCount* held_use = nullptr;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REQUEST_H_
