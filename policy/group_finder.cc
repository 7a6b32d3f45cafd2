#include "policy/group_finder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

using Keys = std::vector<std::string>;

// The kinds of keys of an identity: its first byte.
constexpr char kPrincipal[] = "p";
constexpr char kBelow[] = "b";  // a principal up to one of its "/"
constexpr char kAccount[] = "a";
constexpr char kNamespace[] = "n";
constexpr char kTrustDomain[] = "t";

// PrincipalKeys are keys of which each identity that a list of principals matches has one; empty
// when there are none such.
Keys PrincipalKeys(const std::vector<StringPattern>& principals) {
  Keys keys;
  for (const StringPattern& pattern : principals) {
    if (!pattern.exact().empty()) {
      keys.push_back(absl::StrCat(kPrincipal, pattern.exact()));
    } else if (!pattern.prefix().empty()) {
      keys.push_back(absl::StrCat(kBelow, pattern.prefix()));
    } else {
      return {};
    }
  }
  return keys;
}

Keys ExactKeys(absl::string_view kind, const std::vector<StringPattern>& patterns) {
  Keys keys;
  for (const StringPattern& pattern : patterns) {
    if (pattern.exact().empty()) return {};
    keys.push_back(absl::StrCat(kind, pattern.exact()));
  }
  return keys;
}

// NarrowKeys name identities one by one or below one another; BroadKeys whole namespaces.
Keys NarrowKeys(const PeerMatch& match) {
  Keys keys = PrincipalKeys(match.principals.any);
  if (!keys.empty()) return keys;
  for (const ServiceAccountPattern& account : match.service_accounts.any) {
    keys.push_back(absl::StrCat(kAccount, account.account_namespace, "/", account.account));
  }
  return keys;
}

Keys BroadKeys(const PeerMatch& match) {
  Keys keys = ExactKeys(kNamespace, match.namespaces.any);
  return keys.empty() ? ExactKeys(kTrustDomain, match.trust_domains.any) : keys;
}

using KeysOfMatch = Keys (*)(const PeerMatch&);

// SourceKeys: every peer that the clause matches has one of them; empty: not known.
Keys SourceKeys(const Clause& clause, KeysOfMatch keys_of) {
  for (const PeerMatch& condition : clause.rule->when.sources) {
    Keys keys = keys_of(condition);
    if (!keys.empty()) return keys;
  }
  Keys all;
  for (const PeerMatch& from : clause.rule->from) {
    const Keys keys = keys_of(from);
    if (keys.empty()) return {};
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

Keys DestinationKeys(const Clause& clause, KeysOfMatch keys_of) {
  return clause.target != nullptr ? keys_of(clause.target->destination) : Keys();
}

// ForEachKey calls visit with every key that id has.
template <typename Visit>
void ForEachKey(const certs::SpiffeId* id, const Visit& visit) {
  if (id == nullptr) return;  // matches no list of identities
  const absl::string_view principal = id->principal();
  visit(absl::StrCat(kPrincipal, principal));
  for (size_t slash = principal.find('/'); slash != absl::string_view::npos;
       slash = principal.find('/', slash + 1)) {
    visit(absl::StrCat(kBelow, principal.substr(0, slash + 1)));
  }
  visit(absl::StrCat(kTrustDomain, id->trust_domain()));
  if (id->k8s_namespace().empty()) return;
  visit(absl::StrCat(kNamespace, id->k8s_namespace()));
  visit(absl::StrCat(kAccount, id->k8s_namespace(), "/", id->service_account()));
}

// SourceBlocks: the source address of whatever the clause matches is in one of them; empty: not
// known.
std::vector<CidrBlock> SourceBlocks(const Clause& clause) {
  for (const PeerMatch& condition : clause.rule->when.sources) {
    if (!condition.ip_blocks.any.empty()) return condition.ip_blocks.any;
  }
  std::vector<CidrBlock> all;
  for (const PeerMatch& from : clause.rule->from) {
    if (from.ip_blocks.any.empty()) return {};
    all.insert(all.end(), from.ip_blocks.any.begin(), from.ip_blocks.any.end());
  }
  return all;
}

std::vector<CidrBlock> DestinationBlocks(const Clause& clause) {
  for (const TargetMatch& condition : clause.rule->when.targets) {
    if (!condition.destination.ip_blocks.any.empty()) return condition.destination.ip_blocks.any;
  }
  return clause.target != nullptr ? clause.target->destination.ip_blocks.any
                                  : std::vector<CidrBlock>();
}

// Append keeps a list ascending and without repetition while groups come in order.
void Append(uint32_t group, std::vector<uint32_t>* groups) {
  if (groups->empty() || groups->back() != group) groups->push_back(group);
}

}  // namespace

bool GroupFinder::AddAll(const Keys& keys, Number group, Groups* groups) {
  for (const std::string& key : keys) Append(group, &(*groups)[key]);
  return !keys.empty();
}

bool GroupFinder::AddByAddress(Number group, const Clause& sample) {
  const std::vector<CidrBlock> sources = SourceBlocks(sample);
  for (const CidrBlock& block : sources) sources_.Add(block, group);
  if (!sources.empty()) return true;
  const std::vector<CidrBlock> destinations = DestinationBlocks(sample);
  for (const CidrBlock& block : destinations) destinations_.Add(block, group);
  return !destinations.empty();
}

bool GroupFinder::AddByPort(Number group, const Clause& sample) {
  if (sample.target == nullptr) return false;
  const TargetMatch& target = *sample.target;
  const std::vector<uint16_t>& ports =
      target.ports.any.empty() ? target.destination_ports.any : target.ports.any;
  for (const uint16_t port : ports) Append(group, &ports_[port]);
  return !ports.empty();
}

void GroupFinder::Add(Number group, const Clause& sample) {
  by_address_.resize(group + 1);
  if (AddAll(SourceKeys(sample, NarrowKeys), group, &source_peers_)) return;
  if (AddAll(DestinationKeys(sample, NarrowKeys), group, &destination_peers_)) return;
  if (AddByAddress(group, sample)) {
    by_address_[group] = true;
    return;
  }
  if (AddAll(SourceKeys(sample, BroadKeys), group, &source_peers_)) return;
  if (AddAll(DestinationKeys(sample, BroadKeys), group, &destination_peers_)) return;
  if (AddByPort(group, sample)) return;
  everyone_.push_back(group);
}

void GroupFinder::FindByPeer(const ConnectionRequest& request, std::vector<Number>* out) const {
  const auto add = [out](const std::vector<Number>& groups) {
    out->insert(out->end(), groups.begin(), groups.end());
  };
  const auto look_in = [&add](const Groups& groups) {
    return [&add, &groups](const std::string& key) {
      const auto found = groups.find(key);
      if (found != groups.end()) add(found->second);
    };
  };
  add(everyone_);
  ForEachKey(request.source.id, look_in(source_peers_));
  ForEachKey(request.destination.id, look_in(destination_peers_));
  const auto port = ports_.find(request.destination.port);
  if (port != ports_.end()) add(port->second);
  std::sort(out->begin(), out->end());
  out->erase(std::unique(out->begin(), out->end()), out->end());
}

void GroupFinder::FindByAddress(const ConnectionRequest& request, std::vector<Number>* out) const {
  // An address that is not known is in no block.
  if (!request.source.ip.is_unspecified()) sources_.Find(request.source.ip, out);
  if (!request.destination.ip.is_unspecified()) destinations_.Find(request.destination.ip, out);
}

}  // namespace firebreak::policy
