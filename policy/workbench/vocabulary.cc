#include "policy/workbench/vocabulary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firebreak::policy {
namespace {

std::string Written(const StringPattern& pattern) { return pattern.written(); }
std::string Written(const CidrBlock& block) { return block.ToString(); }
std::string Written(const ServiceAccountPattern& pattern) {
  return absl::StrCat(pattern.account_namespace, "/", pattern.account);
}
std::string Written(const HostPattern& pattern) {
  if (pattern.port() == 0) return pattern.written_host();
  return absl::StrCat(pattern.written_host(), ":", pattern.port());
}
// The two dialects mean different paths by "/a/{**}".
std::string Written(const PathPattern& pattern) {
  return absl::StrCat(*pattern.written(), pattern.needs_slash() ? " (Istio)" : "");
}

template <typename T>
void AddAll(const std::vector<T>& values, Patterns<T>* patterns) {
  for (const T& value : values) patterns->emplace(Written(value), value);
}

template <typename T>
void AddAll(const Values<T>& values, Patterns<T>* patterns) {
  AddAll(values.any, patterns);
  AddAll(values.none_of, patterns);
}

void AddPorts(const Values<uint16_t>& values, std::set<uint16_t>* ports) {
  ports->insert(values.any.begin(), values.any.end());
  ports->insert(values.none_of.begin(), values.none_of.end());
}

}  // namespace

std::string UseKey(const Rule& rule) {
  return absl::StrCat(rule.ref->policy_namespace, "/", rule.ref->policy, "/", rule.ref->rule);
}

void PeerVocabulary::Add(const PeerMatch& match) {
  AddAll(match.principals, &principals);
  AddAll(match.namespaces, &namespaces);
  AddAll(match.trust_domains, &trust_domains);
  AddAll(match.service_accounts, &accounts);
  AddAll(match.ip_blocks, &blocks);
}

void Vocabulary::AddSource(const PeerMatch& match) {
  source.Add(match);
  AddAll(match.remote_ip_blocks, &remote_blocks);
  // The remote address may be the caller's own.
  AddAll(match.remote_ip_blocks, &source.blocks);
}

void Vocabulary::AddTarget(const TargetMatch& match) {
  destination.Add(match.destination);
  AddPorts(match.ports, &ports);
  AddPorts(match.destination_ports, &ports);
  if (match.http != nullptr) AddHttp(*match.http);
}

void Vocabulary::AddHttp(const HttpMatch& match) {
  AddAll(match.methods.methods(), &methods);
  AddAll(match.paths.patterns(), &paths);
  AddAll(match.not_paths.patterns(), &paths);
  AddAll(match.hosts.patterns(), &hosts);
  AddAll(match.not_hosts.patterns(), &hosts);
  if (!match.grpc.has_value()) return;
  grpc = true;
  AddAll(match.grpc->services, &grpc_services);
  AddAll(match.grpc->methods, &grpc_methods);
}

void Vocabulary::AddHeader(const HeaderMatch& match, Action action) {
  HeaderVocabulary& header = headers[match.name];
  const auto add = [&header, action](HeaderMatch part) {
    const bool known = std::any_of(header.begin(), header.end(), [&](const auto& other) {
      return other.second == action && other.first.values == part.values;
    });
    if (!known && !part.values.empty()) header.emplace_back(std::move(part), action);
  };
  add({match.name, {match.values.any, {}}});
  add({match.name, {{}, match.values.none_of}});
}

void Vocabulary::Add(const Clause& clause, Direction direction) {
  const Rule& rule = *clause.rule;
  for (const PeerMatch& match : rule.from) AddSource(match);
  for (const PeerMatch& match : rule.when.sources) AddSource(match);
  if (clause.target != nullptr) AddTarget(*clause.target);
  for (const TargetMatch& match : rule.when.targets) AddTarget(match);
  for (const HeaderMatch& match : rule.when.headers) AddHeader(match, rule.action);
  for (const Values<StringPattern>& names : rule.when.server_names) AddAll(names, &server_names);
  if (!rule.share.whole()) {
    PeerVocabulary& peer = direction == Direction::kInbound ? source : destination;
    peer.percents.insert(rule.share.percent);
  }
  if (rule.validity != nullptr &&
      std::find(validities.begin(), validities.end(), *rule.validity) == validities.end()) {
    validities.push_back(*rule.validity);
  }
  if (rule.uses != nullptr) max_uses[UseKey(rule)].insert(rule.max_uses);
}

}  // namespace firebreak::policy
