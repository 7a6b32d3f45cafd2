#include "flows/flow_filter.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "flows/event_names.h"
#include "flows/flow_facts.h"
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

// MatchesPattern takes the shortest text for each "*" but the last, which is never worse: time is
// bounded by the product of the two lengths.
bool MatchesPattern(absl::string_view pattern, absl::string_view value) {
  if (value.empty()) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '*');
  if (parts.size() == 1) return value == pattern;
  if (!absl::ConsumePrefix(&value, parts.front())) return false;
  if (!absl::ConsumeSuffix(&value, parts.back())) return false;
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t found = value.find(parts[i]);
    if (found == absl::string_view::npos) return false;
    value.remove_prefix(found + parts[i].size());
  }
  return true;
}

bool MatchesAny(const std::vector<std::string>& patterns, absl::string_view value) {
  return AnyOf(patterns, [value](const std::string& p) { return MatchesPattern(p, value); });
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

bool MatchesReporter(const std::vector<std::string>& patterns, const Flow& flow) {
  return MatchesAny(patterns, flow.reporter.node) || MatchesAny(patterns, flow.reporter.workload) ||
         MatchesAny(patterns, flow.reporter.principal);
}

// IpVersionOf is 0 where there is no address.
uint16_t IpVersionOf(const Flow& flow) {
  const std::string& either = flow.source.ip.empty() ? flow.destination.ip : flow.source.ip;
  if (either.empty()) return 0;
  return absl::StrContains(either, ':') ? 6 : 4;
}

bool MatchesFinding(const std::vector<std::string>& patterns, const Flow& flow) {
  const auto& matches = flow.inspection.matches;
  return patterns.empty() || std::any_of(matches.begin(), matches.end(), [&](const auto& match) {
           const std::vector<absl::string_view> cves = absl::StrSplit(match.cve, ' ');
           return MatchesAny(patterns, match.id) || MatchesAny(patterns, match.category) ||
                  std::any_of(cves.begin(), cves.end(),
                              [&](absl::string_view cve) { return MatchesAny(patterns, cve); });
         });
}

}  // namespace

bool EndpointFilter::Matches(const FlowEndpoint& endpoint) const {
  const bool named =
      MatchesAny(principals, endpoint.principal) && Names(namespaces, NamespaceOf(endpoint)) &&
      AnyOf(workloads, [&](const std::string& w) { return MatchesWorkload(w, endpoint); }) &&
      AnyOf(ports, [&](const NumberRange& range) { return range.Contains(endpoint.port); });
  if (!named || ips.empty()) return named;
  const auto ip = IpAddress::Parse(endpoint.ip);
  return ip.ok() && AnyOf(ips, [&](const CidrBlock& block) { return block.Contains(*ip); });
}

bool HttpFilter::Matches(const Flow& flow) const {
  const auto in_range = [&](const NumberRange& range) { return range.Contains(flow.http.status); };
  if (!AnyOf(statuses, in_range) || !MatchesAny(authorities, flow.http.authority)) return false;
  if (!AnyOf(methods,
             [&](const std::string& m) { return absl::EqualsIgnoreCase(m, flow.http.method); })) {
    return false;
  }
  if (!MatchesAny(paths, flow.http.path) && !MatchesAny(paths, flow.http.path_template)) {
    return false;
  }
  if (!urls.empty() && !MatchesAny(urls, UrlOf(flow))) return false;
  const std::string call = flow.grpc.method.empty()
                               ? std::string()
                               : absl::StrCat(flow.grpc.service, "/", flow.grpc.method);
  return MatchesAny(grpc_methods, call) &&
         AnyOf(grpc_statuses, [&](uint64_t status) { return flow.grpc.status == status; });
}

bool PolicyFilter::Matches(const Flow& flow) const {
  const auto names = [&](const std::string& pattern) {
    const std::string full = absl::StrCat(flow.policy.namespace_name, "/", flow.policy.name);
    return MatchesPattern(pattern, flow.policy.name) ||
           (!flow.policy.name.empty() && MatchesPattern(pattern, full));
  };
  return AnyOf(policies, names) && MatchesAny(rules, flow.policy.rule);
}

bool FlowTerms::Matches(const Flow& flow) const {
  if (!Names(events, flow.event) || flow.duration_us < min_duration_us) return false;
  if (!Names(directions, flow.direction) || !Names(verdicts, flow.verdict)) return false;
  if (!Names(reasons, flow.reason) || !Names(protocols, flow.protocol)) return false;
  if (!Names(flow_ids, flow.flow_id) || !Names(decision_ids, flow.decision_id)) return false;
  if (!http.Matches(flow) || !Names(trace_ids, flow.trace_id)) return false;
  if (!Names(close_reasons, flow.close_reason) || !policy.Matches(flow)) return false;
  if (!MatchesReporter(reporters, flow) || !MatchesFinding(inspections, flow)) return false;
  if (!Names(inspection_actions, flow.inspection.action)) return false;
  if (encrypted.has_value() && *encrypted == flow.tls.version.empty()) return false;
  if (!AnyOf(ip_versions, [&](uint16_t version) { return version == IpVersionOf(flow); })) {
    return false;
  }
  if (!from.Matches(flow.source) || !to.Matches(flow.destination)) return false;
  return either.Matches(flow.source) || either.Matches(flow.destination);
}

bool FlowFilter::Matches(const Flow& flow) const {
  if (flow.time < since || flow.time > until) return false;
  // Neither is a flow, and nobody who asks for flows wants them.
  const bool of_many = flow.event == kRollupEvent;
  if ((flow.event == kHeadEvent || of_many) && wanted.events.empty()) return false;
  if (!TellsOfFlow(flow) && !of_many) {
    return Names(wanted.events, flow.event) &&
           std::none_of(unwanted.begin(), unwanted.end(), [&](const FlowTerms& terms) {
             return !terms.events.empty() && Names(terms.events, flow.event);
           });
  }
  return wanted.Matches(flow) &&
         std::none_of(unwanted.begin(), unwanted.end(),
                      [&](const FlowTerms& terms) { return terms.Matches(flow); });
}

}  // namespace firebreak::flows
