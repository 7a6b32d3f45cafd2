#include "policy/rule.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

// PeerView is one end of a connection as the rules see it.
struct PeerView {
  const certs::SpiffeId* id;
  const IpAddress* ip;  // null: left open
};

bool MatchText(const Values<StringPattern>& values, absl::string_view text, Action action) {
  if (values.empty()) return true;
  return MatchValues(values, !text.empty(), action,
                     [text](const StringPattern& pattern) { return pattern.Matches(text); });
}

bool MatchIdentity(const PeerMatch& match, const certs::SpiffeId* id, Action action) {
  const bool known = id != nullptr;
  const absl::string_view id_namespace = known ? id->k8s_namespace() : absl::string_view();
  const absl::string_view account = known ? id->service_account() : absl::string_view();
  if (!MatchText(match.principals, known ? id->principal() : "", action)) return false;
  if (!MatchText(match.trust_domains, known ? id->trust_domain() : "", action)) return false;
  if (!MatchText(match.namespaces, id_namespace, action)) return false;
  return MatchValues(match.service_accounts, !account.empty(), action,
                     [id_namespace, account](const ServiceAccountPattern& pattern) {
                       return pattern.account_namespace == id_namespace &&
                              pattern.account == account;
                     });
}

Match MatchPeer(const PeerMatch& match, const PeerView& peer, Action action) {
  if (!MatchIdentity(match, peer.id, action)) return Match::kNo;
  if (match.ip_blocks.empty()) return Match::kYes;
  if (peer.ip == nullptr) return Match::kDependsOnAddress;
  const bool matched =
      MatchValues(match.ip_blocks, !peer.ip->is_unspecified(), action,
                  [&peer](const CidrBlock& block) { return block.Contains(*peer.ip); });
  return matched ? Match::kYes : Match::kNo;
}

bool MatchPort(const Values<uint16_t>& ports, uint16_t port, Action action) {
  return MatchValues(ports, port != 0, action, [port](uint16_t value) { return value == port; });
}

Match MatchTarget(const TargetMatch& match, const PeerView& destination, uint16_t port,
                  Action action) {
  if (!MatchPort(match.ports, port, action)) return Match::kNo;
  if (!MatchPort(match.destination_ports, port, action)) return Match::kNo;
  return MatchPeer(match.destination, destination, action);
}

// AnyOf is OR over the entries of from or to, where no entries set no condition.
template <typename T, typename MatchEntry>
Match AnyOf(const std::vector<T>& entries, const MatchEntry& match_entry) {
  if (entries.empty()) return Match::kYes;
  Match best = Match::kNo;
  for (const T& entry : entries) {
    best = std::max(best, match_entry(entry));
    if (best == Match::kYes) break;
  }
  return best;
}

Match MatchEnds(const Clause& clause, const PeerView& source, const PeerView& destination,
                uint16_t port) {
  const Action action = clause.rule->action;
  Match match = AnyOf(clause.rule->from, [&source, action](const PeerMatch& from) {
    return MatchPeer(from, source, action);
  });
  if (match != Match::kNo && clause.target != nullptr) {
    match = std::min(match, MatchTarget(*clause.target, destination, port, action));
  }
  for (const PeerMatch& condition : clause.rule->when.sources) {
    if (match == Match::kNo) return match;
    match = std::min(match, MatchPeer(condition, source, action));
  }
  for (const TargetMatch& condition : clause.rule->when.targets) {
    if (match == Match::kNo) return match;
    match = std::min(match, MatchTarget(condition, destination, port, action));
  }
  return match;
}

bool SameBlocks(const std::vector<CidrBlock>& a, const std::vector<CidrBlock>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const CidrBlock& left, const CidrBlock& right) {
        return left.prefix_bits() == right.prefix_bits() && left.address() == right.address();
      });
}

bool SamePeer(const PeerMatch& a, const PeerMatch& b) {
  return a.principals == b.principals && a.namespaces == b.namespaces &&
         a.service_accounts == b.service_accounts && a.trust_domains == b.trust_domains &&
         SameBlocks(a.ip_blocks.any, b.ip_blocks.any) &&
         SameBlocks(a.ip_blocks.none_of, b.ip_blocks.none_of);
}

bool SameTarget(const TargetMatch& a, const TargetMatch& b) {
  return a.ports == b.ports && a.destination_ports == b.destination_ports &&
         SamePeer(a.destination, b.destination);
}

bool SamePeers(const std::vector<PeerMatch>& a, const std::vector<PeerMatch>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SamePeer);
}

// HashState mixes what it is given into one number.
class HashState {
 public:
  template <typename... T>
  void Add(const T&... values) {
    hash_ = absl::HashOf(hash_, values...);
  }
  void Add(const PeerMatch& peer) {
    Add(peer.principals, peer.namespaces, peer.service_accounts, peer.trust_domains);
    AddBlocks(peer.ip_blocks.any);
    AddBlocks(peer.ip_blocks.none_of);
  }
  void Add(const TargetMatch& target) {
    Add(target.ports, target.destination_ports);
    Add(target.destination);
  }
  size_t hash() const { return hash_; }

 private:
  void AddBlocks(const std::vector<CidrBlock>& blocks) {
    for (const CidrBlock& block : blocks) Add(block.address().bytes(), block.prefix_bits());
    Add(blocks.size());
  }

  size_t hash_ = 0;
};

}  // namespace

bool MatchConnection(const Clause& clause, const ConnectionRequest& request) {
  return MatchEnds(clause, {request.source.id, &request.source.ip},
                   {request.destination.id, &request.destination.ip},
                   request.destination.port) == Match::kYes;
}

Match MatchConnectionWithoutAddresses(const Clause& clause, const ConnectionRequest& request) {
  return MatchEnds(clause, {request.source.id, nullptr}, {request.destination.id, nullptr},
                   request.destination.port);
}

bool SameConnection(const Clause& a, const Clause& b) {
  if ((a.target == nullptr) != (b.target == nullptr)) return false;
  if (a.target != nullptr && !SameTarget(*a.target, *b.target)) return false;
  const WhenMatch& when_a = a.rule->when;
  const WhenMatch& when_b = b.rule->when;
  return SamePeers(a.rule->from, b.rule->from) && SamePeers(when_a.sources, when_b.sources) &&
         std::equal(when_a.targets.begin(), when_a.targets.end(), when_b.targets.begin(),
                    when_b.targets.end(), SameTarget);
}

size_t HashConnection(const Clause& clause) {
  HashState state;
  for (const PeerMatch& from : clause.rule->from) state.Add(from);
  if (clause.target != nullptr) state.Add(*clause.target);
  for (const PeerMatch& source : clause.rule->when.sources) state.Add(source);
  for (const TargetMatch& target : clause.rule->when.targets) state.Add(target);
  return state.hash();
}

bool MatchUnseen(const Clause& clause, Carries carries) {
  if (!clause.looks_into_requests()) return true;
  const Action action = clause.rule->action;
  switch (carries) {
    case Carries::kBytes: {
      const HttpMatch* http = clause.target != nullptr ? clause.target->http.get() : nullptr;
      if (http != nullptr && !http->MatchesProtocols(kTcp)) return false;
      const bool known = clause.rule->when.headers.empty() && http->only_protocols();
      return known || action == Action::kDeny;
    }
    case Carries::kRequests:
      return action == Action::kAllow;
    case Carries::kRequest:
      break;
  }
  return false;
}

bool MatchRequest(const Clause& clause, const HttpFacts& facts) {
  const Action action = clause.rule->action;
  if (clause.target != nullptr && clause.target->http != nullptr &&
      !clause.target->http->Matches(facts, action)) {
    return false;
  }
  const std::vector<HeaderMatch>& headers = clause.rule->when.headers;
  return std::all_of(headers.begin(), headers.end(), [&facts, action](const HeaderMatch& header) {
    return header.Matches(facts.request->headers, action);
  });
}

}  // namespace firebreak::policy
