// Compiled rules: what the loader makes of a policy file, and the matcher over them.
#ifndef FIREBREAK_POLICY_RULE_H_
#define FIREBREAK_POLICY_RULE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ip.h"
#include "base/verdict.h"
#include "policy/pattern.h"
#include "policy/request.h"

namespace firebreak::policy {

enum class Action { kAllow, kDeny };

// Values is one field and its negation: some value of any matches, and none of none_of. An empty
// list sets no condition.
template <typename T>
struct Values {
  std::vector<T> any;
  std::vector<T> none_of;
  bool empty() const { return any.empty() && none_of.empty(); }
};

// PeerMatch is one source or destination: all its fields must match.
struct PeerMatch {
  Values<StringPattern> principals;
  Values<StringPattern> namespaces;
  Values<ServiceAccountPattern> service_accounts;
  Values<StringPattern> trust_domains;
  Values<CidrBlock> ip_blocks;
};

// TargetMatch is one entry of to[]: the port, and in an OUTBOUND policy the other side.
struct TargetMatch {
  PeerMatch destination;
  Values<uint16_t> ports;              // of operation
  Values<uint16_t> destination_ports;  // of destination; both must match
};

// Rule matches when one of from and one of to match. An empty list sets no condition.
struct Rule {
  Action action = Action::kAllow;
  std::vector<PeerMatch> from;
  std::vector<TargetMatch> to;
  std::shared_ptr<const RuleRef> ref;
};

// Match is the answer when addresses may be left open. Ordered: AND is the least, OR the greatest.
enum class Match { kNo, kDependsOnAddress, kYes };

// MatchRule says whether rule matches request. What is absent (an identity, the namespace of an
// identity that is not /ns/x/sa/y, an address) matches no value. A not... field over what is absent
// is a doubt: it matches in a DENY rule and does not in an ALLOW rule, so that doubt is never let
// through.
bool MatchRule(const Rule& rule, const ConnectionRequest& request);

// MatchRuleWithoutAddresses ignores the request's addresses: kYes and kNo hold for every address.
Match MatchRuleWithoutAddresses(const Rule& rule, const ConnectionRequest& request);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_RULE_H_
