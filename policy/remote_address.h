// Where a request comes from, when proxies stand between.
#ifndef FIREBREAK_POLICY_REMOTE_ADDRESS_H_
#define FIREBREAK_POLICY_REMOTE_ADDRESS_H_

#include "base/ip.h"

namespace firebreak::http {
class HeaderMap;
}  // namespace firebreak::http

namespace firebreak::policy {

// RemoteAddress is what remoteIpBlocks and remote.ip look at.
struct RemoteAddress {
  enum class Kind {
    kDirect,  // the direct peer: the source's own address
    kNamed,   // `ip`, which a trusted proxy has named
    kLater,   // each request will name it
    kDoubt,   // what should be an address is none: a DENY rule about it matches, an ALLOW does not
  };

  Kind kind = Kind::kDirect;
  IpAddress ip;

  // Of reads x-forwarded-for, to which trusted_hops proxies in front have each appended the address
  // of who connected to them: the address is the trusted_hops-th from the end. With 0, or with
  // fewer addresses than that, it is the direct peer.
  static RemoteAddress Of(const http::HeaderMap& headers, int trusted_hops);
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REMOTE_ADDRESS_H_
