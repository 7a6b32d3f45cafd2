// Compiled rules: what the loader makes of a policy file, and the matchers over them.
#ifndef FIREBREAK_POLICY_RULE_H_
#define FIREBREAK_POLICY_RULE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ip.h"
#include "base/verdict.h"
#include "policy/condition.h"
#include "policy/http_match.h"
#include "policy/pattern.h"
#include "policy/request.h"
#include "policy/share.h"
#include "policy/use_count.h"
#include "policy/validity.h"

namespace firebreak::policy {

// PeerMatch is one source or destination: all its fields must match.
struct PeerMatch {
  Values<StringPattern> principals;
  Values<StringPattern> namespaces;
  Values<ServiceAccountPattern> service_accounts;
  Values<StringPattern> trust_domains;
  Values<CidrBlock> ip_blocks;
  Values<CidrBlock> remote_ip_blocks;  // of a source
  // It asks for what nobody has here, such as a request principal.
  bool impossible = false;

  bool empty() const {
    return principals.empty() && namespaces.empty() && service_accounts.empty() &&
           trust_domains.empty() && ip_blocks.empty() && remote_ip_blocks.empty() && !impossible;
  }
};

// TargetMatch is one entry of to[]: the port, in an OUTBOUND policy the other side, and what the
// operation says about requests.
struct TargetMatch {
  PeerMatch destination;
  Values<uint16_t> ports;                 // of operation
  Values<uint16_t> destination_ports;     // of destination; both must match
  std::shared_ptr<const HttpMatch> http;  // null: no condition; never an empty one
};

// WhenMatch is the list when: all its entries must match.
struct WhenMatch {
  std::vector<PeerMatch> sources;
  std::vector<TargetMatch> targets;  // without http
  std::vector<HeaderMatch> headers;
  std::vector<Values<StringPattern>> server_names;  // connection.sni
};

// Rule matches when one of from, one of to and all of when match, while it is valid and not used
// up, for the peers in its share. An empty list sets no condition.
struct Rule {
  Action action = Action::kAllow;
  std::vector<PeerMatch> from;
  std::vector<TargetMatch> to;
  WhenMatch when;
  std::shared_ptr<const Validity> validity;  // null: always
  uint64_t max_uses = 0;                     // ALLOW only; 0: any number
  std::shared_ptr<UseCount> uses;            // null: max_uses is 0
  // Whom a policy with `enforce` speaks of. Such a policy is compiled to two rules: this one, and
  // one of AUDIT for the rest.
  Share share;
  std::shared_ptr<const RuleRef> ref;
};

// Clause is one way for a rule to match: its from and when with one entry of to. A rule matches
// when one of its clauses does. Borrows the rule.
struct Clause {
  const Rule* rule;
  const TargetMatch* target;  // null: the rule has no to

  // looks_into_requests: it has conditions that only a request can answer, or protocols.
  bool looks_into_requests() const {
    return !rule->when.headers.empty() || (target != nullptr && target->http != nullptr);
  }
};

// Match is the answer when some of the question is left open. Ordered: AND is the least, OR the
// greatest.
enum class Match { kNo, kOpen, kYes };

// Lapsed: whether rules match that are outside their validity, or used up.
enum class Lapsed { kDoNotMatch, kMatch };

// MatchConnection looks at everything but requests: identities, ports, addresses, server name, time
// and uses. What is absent (an identity, the namespace of an identity that is not /ns/x/sa/y, an
// address) is judged as MatchValues says.
bool MatchConnection(const Clause& clause, const ConnectionRequest& request,
                     Lapsed lapsed = Lapsed::kDoNotMatch);

// MatchIdentities looks at identities and ports, and leaves the rest open: kYes and kNo hold for
// all addresses and server names, at all times.
Match MatchIdentities(const Clause& clause, const ConnectionRequest& request);

// IsLapsed: the rule is outside its validity at request.now, or used up and not held by request.
bool IsLapsed(const Rule& rule, const ConnectionRequest& request);

// SameConnection: the two clauses give the same answers to MatchConnection, because the same is
// written there. HashConnection is equal where SameConnection holds. Both are of rules of one
// action.
bool SameConnection(const Clause& a, const Clause& b);
size_t HashConnection(const Clause& clause);

// MatchUnseen is the answer of the conditions on requests without a request to look into: for
// kBytes and kRequests the answer, see request.h; for kRequest, whether the answer is yes for every
// request. Other conditions are not looked at.
bool MatchUnseen(const Clause& clause, Carries carries);

// MatchRequest is the answer of the conditions on requests. Other conditions are not looked at.
// Allocates nothing.
bool MatchRequest(const Clause& clause, const HttpFacts& facts);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_RULE_H_
