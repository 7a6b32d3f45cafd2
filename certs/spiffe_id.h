// SpiffeId: the name of a workload, as the SPIFFE-ID specification defines it (section 2).
#ifndef FIREBREAK_CERTS_SPIFFE_ID_H_
#define FIREBREAK_CERTS_SPIFFE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::certs {

// SpiffeId is a checked SPIFFE ID: spiffe://<trust domain>[/<segment>]...
//
// Parsing is strict and works on length and data: the scheme and the trust domain are lower-case
// only (the specification calls them case-insensitive and asks for lower case; we take the strict
// reading, so that two equal IDs are equal bytes), no byte outside the allowed sets is taken, and
// nothing is normalised. Value type; equality is equality of bytes.
class SpiffeId {
 public:
  // Parse reads the URI spelling; ParsePrincipal the spelling of policies, which has no spiffe://.
  // InvalidArgument says what is wrong and where, with the input's bytes escaped.
  static absl::StatusOr<SpiffeId> Parse(absl::string_view uri);
  static absl::StatusOr<SpiffeId> ParsePrincipal(absl::string_view principal);

  // spiffe://shop.example/ns/shop/sa/orders
  absl::string_view uri() const { return uri_; }
  // shop.example/ns/shop/sa/orders
  absl::string_view principal() const;
  // shop.example
  absl::string_view trust_domain() const;
  // /ns/shop/sa/orders, or empty for the ID of the trust domain itself.
  absl::string_view path() const;
  bool has_path() const { return !path().empty(); }

  // The namespace and the service account where the path is exactly /ns/<ns>/sa/<sa>; otherwise
  // both are empty.
  absl::string_view k8s_namespace() const;
  absl::string_view service_account() const;

  friend bool operator==(const SpiffeId& a, const SpiffeId& b) { return a.uri_ == b.uri_; }
  friend bool operator<(const SpiffeId& a, const SpiffeId& b) { return a.uri_ < b.uri_; }
  template <typename H>
  friend H AbslHashValue(H state, const SpiffeId& id) {
    return H::combine(std::move(state), id.uri_);
  }

 private:
  explicit SpiffeId(std::string uri, size_t trust_domain_bytes);

  std::string uri_;
  uint16_t trust_domain_bytes_ = 0;
  // Where the namespace ends and the service account starts, as offsets into uri_; zero when the
  // path has another shape.
  uint16_t namespace_end_ = 0;
  uint16_t service_account_begin_ = 0;
};

// CheckTrustDomain tells whether text is a trust domain name: 1 to 255 bytes of [a-z0-9.-_].
absl::Status CheckTrustDomain(absl::string_view text);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SPIFFE_ID_H_
