// The share of identities that a policy is enforced for.
#ifndef FIREBREAK_POLICY_SHARE_H_
#define FIREBREAK_POLICY_SHARE_H_

#include <utility>

#include "absl/strings/string_view.h"

#include "policy/condition.h"

namespace firebreak::policy {

// Share is a part of all identities, the same on every machine: `enforce: {percent: N}` enforces a
// policy for the peers in it. A larger percentage has everybody in it that a smaller one has.
struct Share {
  int percent = 100;  // 0 to 100
  // true: everybody but those, for whom the policy acts as AUDIT.
  bool rest = false;

  // whole: it says nothing about anybody.
  bool whole() const { return percent == 100 && !rest; }
  // Contains takes a principal; "" is nobody known. Whether that peer would be among those is a
  // doubt: a DENY is enforced for it and an ALLOW is not, except at 0 and 100 percent.
  bool Contains(absl::string_view principal, Action action) const;

  friend bool operator==(const Share& a, const Share& b) {
    return a.percent == b.percent && a.rest == b.rest;
  }
  template <typename H>
  friend H AbslHashValue(H state, const Share& share) {
    return H::combine(std::move(state), share.percent, share.rest);
  }
};

// PlaceOf is where an identity stands among all, 0 to 99: those below N are in the share of N
// percent.
int PlaceOf(absl::string_view principal);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_SHARE_H_
