// PeerIdentity: what a validated certificate chain says of a peer.
#ifndef FIREBREAK_CERTS_PEER_IDENTITY_H_
#define FIREBREAK_CERTS_PEER_IDENTITY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "base/verdict.h"
#include "certs/spiffe_id.h"

namespace firebreak::certs {

// PeerIdentity is made by SvidValidator alone and never changes afterwards; it is held as
// PeerIdentityPtr by every connection of that peer, by decisions and by flow records, on any
// thread.
struct PeerIdentity {
  SpiffeId id;
  SharedString principal;  // id.principal(), for those who keep it longer than the identity
  std::string serial_hex;  // lower-case hex of the leaf's serial number, without leading zero bytes
  // Validity of the chain: the latest notBefore and the earliest notAfter of its certificates. It
  // is valid at t when not_before <= t < not_after.
  absl::Time not_before;
  absl::Time not_after;
  std::array<uint8_t, 32> chain_sha256;  // of the whole presented chain (ChainDigest)
  std::string leaf_sha256_hex;           // of the leaf certificate's DER, lower case
  std::vector<std::string> chain_der;    // as presented, leaf first: for Revalidate
};

using PeerIdentityPtr = std::shared_ptr<const PeerIdentity>;

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_PEER_IDENTITY_H_
