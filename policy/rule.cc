#include "policy/rule.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

// Asked is a question and the action of the rule that it is put to.
struct Asked {
  const ConnectionRequest& request;
  Action action;
  bool everything;  // false: only identities and ports are looked at, the rest is left open
};

Match ToMatch(bool matched) { return matched ? Match::kYes : Match::kNo; }

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

bool MatchAddress(const Values<CidrBlock>& blocks, const IpAddress& ip, Action action) {
  return MatchValues(blocks, !ip.is_unspecified(), action,
                     [&ip](const CidrBlock& block) { return block.Contains(ip); });
}

bool MatchRemote(const Values<CidrBlock>& blocks, const ConnectionRequest& request, Action action) {
  switch (request.remote.kind) {
    case RemoteAddress::Kind::kDirect:
      return MatchAddress(blocks, request.source.ip, action);
    case RemoteAddress::Kind::kNamed:
      return MatchAddress(blocks, request.remote.ip, action);
    case RemoteAddress::Kind::kLater:
      return action == Action::kAllow;
    case RemoteAddress::Kind::kDoubt:
      break;
  }
  return action == Action::kDeny;
}

// MatchPeer looks at one end of the connection, of which these are identity and address.
Match MatchPeer(const PeerMatch& match, const certs::SpiffeId* id, const IpAddress& ip,
                const Asked& asked) {
  if (match.impossible || !MatchIdentity(match, id, asked.action)) return Match::kNo;
  if (match.ip_blocks.empty() && match.remote_ip_blocks.empty()) return Match::kYes;
  if (!asked.everything) return Match::kOpen;
  return ToMatch(MatchAddress(match.ip_blocks, ip, asked.action) &&
                 (match.remote_ip_blocks.empty() ||
                  MatchRemote(match.remote_ip_blocks, asked.request, asked.action)));
}

Match MatchSource(const PeerMatch& match, const Asked& asked) {
  return MatchPeer(match, asked.request.source.id, asked.request.source.ip, asked);
}

bool MatchPort(const Values<uint16_t>& ports, uint16_t port, Action action) {
  return MatchValues(ports, port != 0, action, [port](uint16_t value) { return value == port; });
}

Match MatchTarget(const TargetMatch& match, const Asked& asked) {
  const ConnectionRequest::Destination& destination = asked.request.destination;
  if (!MatchPort(match.ports, destination.port, asked.action)) return Match::kNo;
  if (!MatchPort(match.destination_ports, destination.port, asked.action)) return Match::kNo;
  return MatchPeer(match.destination, destination.id, destination.ip, asked);
}

Match MatchServerName(const Values<StringPattern>& names, const Asked& asked) {
  if (!asked.everything) return Match::kOpen;
  return ToMatch(MatchText(names, asked.request.server_name, asked.action));
}

bool InShare(const Share& share, const Asked& asked) {
  if (share.whole()) return true;
  const certs::SpiffeId* peer = nullptr;
  switch (asked.request.direction) {
    case Direction::kInbound:
      peer = asked.request.source.id;
      break;
    case Direction::kOutbound:
      peer = asked.request.destination.id;
      break;
  }
  return share.Contains(peer != nullptr ? peer->principal() : "", asked.action);
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

// AllOf is AND over the entries of when.
template <typename T, typename MatchEntry>
Match AllOf(const std::vector<T>& entries, const MatchEntry& match_entry) {
  Match worst = Match::kYes;
  for (const T& entry : entries) {
    worst = std::min(worst, match_entry(entry));
    if (worst == Match::kNo) break;
  }
  return worst;
}

Match MatchEnds(const Clause& clause, const Asked& asked) {
  if (!InShare(clause.rule->share, asked)) return Match::kNo;
  const auto source = [&asked](const PeerMatch& match) { return MatchSource(match, asked); };
  const auto target = [&asked](const TargetMatch& match) { return MatchTarget(match, asked); };
  const auto name = [&asked](const Values<StringPattern>& names) {
    return MatchServerName(names, asked);
  };
  Match match = AnyOf(clause.rule->from, source);
  if (match != Match::kNo && clause.target != nullptr) {
    match = std::min(match, target(*clause.target));
  }
  const WhenMatch& when = clause.rule->when;
  if (match != Match::kNo) match = std::min(match, AllOf(when.sources, source));
  if (match != Match::kNo) match = std::min(match, AllOf(when.targets, target));
  if (match != Match::kNo) match = std::min(match, AllOf(when.server_names, name));
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
         a.impossible == b.impossible && SameBlocks(a.ip_blocks.any, b.ip_blocks.any) &&
         SameBlocks(a.ip_blocks.none_of, b.ip_blocks.none_of) &&
         SameBlocks(a.remote_ip_blocks.any, b.remote_ip_blocks.any) &&
         SameBlocks(a.remote_ip_blocks.none_of, b.remote_ip_blocks.none_of);
}

bool SameTarget(const TargetMatch& a, const TargetMatch& b) {
  return a.ports == b.ports && a.destination_ports == b.destination_ports &&
         SamePeer(a.destination, b.destination);
}

bool SameValidity(const Rule& a, const Rule& b) {
  if ((a.validity == nullptr) != (b.validity == nullptr)) return false;
  return a.validity == b.validity || *a.validity == *b.validity;
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
    Add(peer.principals, peer.namespaces, peer.service_accounts, peer.trust_domains,
        peer.impossible);
    for (const Values<CidrBlock>* blocks : {&peer.ip_blocks, &peer.remote_ip_blocks}) {
      AddBlocks(blocks->any);
      AddBlocks(blocks->none_of);
    }
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

bool IsLapsed(const Rule& rule, const ConnectionRequest& request) {
  if (rule.validity != nullptr && !rule.validity->Contains(request.now)) return true;
  return rule.uses != nullptr && rule.uses.get() != request.held_use &&
         !rule.uses->IsLeft(rule.max_uses);
}

bool MatchConnection(const Clause& clause, const ConnectionRequest& request, Lapsed lapsed) {
  if (lapsed == Lapsed::kDoNotMatch && IsLapsed(*clause.rule, request)) return false;
  return MatchEnds(clause, {request, clause.rule->action, /*everything=*/true}) == Match::kYes;
}

Match MatchIdentities(const Clause& clause, const ConnectionRequest& request) {
  const Match match = MatchEnds(clause, {request, clause.rule->action, /*everything=*/false});
  const bool may_lapse = clause.rule->validity != nullptr || clause.rule->uses != nullptr;
  return may_lapse ? std::min(match, Match::kOpen) : match;
}

bool SameConnection(const Clause& a, const Clause& b) {
  if ((a.target == nullptr) != (b.target == nullptr)) return false;
  if (a.target != nullptr && !SameTarget(*a.target, *b.target)) return false;
  const WhenMatch& when_a = a.rule->when;
  const WhenMatch& when_b = b.rule->when;
  if (!(a.rule->share == b.rule->share) || a.rule->uses != b.rule->uses) return false;
  if (!SameValidity(*a.rule, *b.rule) || when_a.server_names != when_b.server_names) return false;
  return SamePeers(a.rule->from, b.rule->from) && SamePeers(when_a.sources, when_b.sources) &&
         std::equal(when_a.targets.begin(), when_a.targets.end(), when_b.targets.begin(),
                    when_b.targets.end(), SameTarget);
}

size_t HashConnection(const Clause& clause) {
  HashState state;
  state.Add(clause.rule->share, clause.rule->uses.get(), clause.rule->when.server_names);
  if (clause.rule->validity != nullptr) state.Add(*clause.rule->validity);
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
