#include "policy/rule.h"

#include <algorithm>

#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

// PeerView is one end of a connection as the rules see it.
struct PeerView {
  const certs::SpiffeId* id;
  const IpAddress* ip;  // null: left open
};

// MatchValues is the one place where fields are negated, and where absence is judged.
template <typename T, typename Matches>
bool MatchValues(const Values<T>& values, bool present, Action action, const Matches& matches) {
  if (!values.any.empty()) {
    if (!present || std::none_of(values.any.begin(), values.any.end(), matches)) return false;
  }
  if (values.none_of.empty()) return true;
  if (!present) return action == Action::kDeny;
  return std::none_of(values.none_of.begin(), values.none_of.end(), matches);
}

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

Match MatchEnds(const Rule& rule, const PeerView& source, const PeerView& destination,
                uint16_t port) {
  const Match from = AnyOf(rule.from, [&rule, &source](const PeerMatch& match) {
    return MatchPeer(match, source, rule.action);
  });
  if (from == Match::kNo) return Match::kNo;
  const Match to = AnyOf(rule.to, [&](const TargetMatch& match) {
    return MatchTarget(match, destination, port, rule.action);
  });
  return std::min(from, to);
}

}  // namespace

bool MatchRule(const Rule& rule, const ConnectionRequest& request) {
  return MatchEnds(rule, {request.source.id, &request.source.ip},
                   {request.destination.id, &request.destination.ip},
                   request.destination.port) == Match::kYes;
}

Match MatchRuleWithoutAddresses(const Rule& rule, const ConnectionRequest& request) {
  return MatchEnds(rule, {request.source.id, nullptr}, {request.destination.id, nullptr},
                   request.destination.port);
}

}  // namespace firebreak::policy
