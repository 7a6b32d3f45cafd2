#include "flows/flow_filter.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "flows/principal.h"

namespace firebreak::flows {
namespace {

// AnyOf is true for an empty list.
template <typename List, typename Predicate>
bool AnyOf(const List& list, const Predicate& predicate) {
  return list.empty() || std::any_of(list.begin(), list.end(), predicate);
}

bool Names(const std::vector<std::string>& list, absl::string_view value) {
  return AnyOf(list, [value](const std::string& wanted) { return wanted == value; });
}

bool MatchesPattern(absl::string_view pattern, absl::string_view value) {
  if (value.empty()) return false;
  if (absl::EndsWith(pattern, "*")) {
    return absl::StartsWith(value, pattern.substr(0, pattern.size() - 1));
  }
  if (absl::StartsWith(pattern, "*")) return absl::EndsWith(value, pattern.substr(1));
  return value == pattern;
}

absl::string_view NamespaceOf(const FlowEndpoint& endpoint) {
  if (!endpoint.namespace_name.empty()) return endpoint.namespace_name;
  const auto parts = SplitPrincipal(endpoint.principal);
  return parts.has_value() ? parts->namespace_name : absl::string_view();
}

bool MatchesWorkload(absl::string_view wanted, const FlowEndpoint& endpoint) {
  const auto is = [&](absl::string_view name) {
    if (name.empty()) return false;
    return wanted == name || wanted == absl::StrCat(NamespaceOf(endpoint), "/", name);
  };
  if (is(endpoint.workload)) return true;
  const auto parts = SplitPrincipal(endpoint.principal);
  return parts.has_value() && is(parts->service_account);
}

}  // namespace

bool EndpointFilter::Matches(const FlowEndpoint& endpoint) const {
  const bool named =
      AnyOf(principals,
            [&](const std::string& p) { return MatchesPattern(p, endpoint.principal); }) &&
      Names(namespaces, NamespaceOf(endpoint)) &&
      AnyOf(workloads, [&](const std::string& w) { return MatchesWorkload(w, endpoint); }) &&
      AnyOf(ports, [&](uint16_t port) { return port == endpoint.port; });
  if (!named || ips.empty()) return named;
  const auto ip = IpAddress::Parse(endpoint.ip);
  return ip.ok() && AnyOf(ips, [&](const CidrBlock& block) { return block.Contains(*ip); });
}

bool FlowFilter::Matches(const Flow& flow) const {
  if (!Names(events, flow.event)) return false;
  if (flow.time < since || flow.time > until) return false;
  if (flow.event == "LOST") return true;
  if (!Names(directions, flow.direction) || !Names(verdicts, flow.verdict)) return false;
  if (!Names(reasons, flow.reason) || !Names(protocols, flow.protocol)) return false;
  if (!from.Matches(flow.source) || !to.Matches(flow.destination)) return false;
  return either.Matches(flow.source) || either.Matches(flow.destination);
}

}  // namespace firebreak::flows
