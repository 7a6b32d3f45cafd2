// The values of `hosts` in a policy, and the authority that they are matched against.
#ifndef FIREBREAK_POLICY_HOST_PATTERN_H_
#define FIREBREAK_POLICY_HOST_PATTERN_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// HostPort is a canonical authority taken apart (http/canonical.h).
struct HostPort {
  absl::string_view host;  // an IPv6 address with its brackets; empty: there is no authority
  uint16_t port = 0;       // as written, else the default of the scheme

  static HostPort Of(absl::string_view scheme, absl::string_view authority);
};

// HostPattern is one value of hosts: "*", "api.example", "*.example", "api.*", each with or without
// a port. Case does not count. Without a port, or with ":*", every port matches.
class HostPattern {
 public:
  static absl::StatusOr<HostPattern> Parse(absl::string_view text);

  // Matches is false where there is no host.
  bool Matches(const HostPort& authority) const;

  // written_host is the host as a policy says it, "*" and all, without the port.
  std::string written_host() const;
  // port is the one port that matches; 0: any.
  uint16_t port() const { return port_; }

  // host returns the one host that matches, on some port or all; "" when there may be others.
  absl::string_view host() const { return kind_ == Kind::kExact ? host_ : absl::string_view(); }
  // exact is the same where every port matches, otherwise "".
  absl::string_view exact() const { return port_ == 0 ? host() : absl::string_view(); }

 private:
  enum class Kind { kAny, kExact, kPrefix, kSuffix };
  HostPattern(Kind kind, std::string host, uint16_t port)
      : kind_(kind), host_(std::move(host)), port_(port) {}

  Kind kind_;
  std::string host_;  // lower case, without the "*"
  uint16_t port_;     // 0: any
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_HOST_PATTERN_H_
