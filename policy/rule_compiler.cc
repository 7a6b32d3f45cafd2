#include "policy/rule_compiler.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/ip.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "policy/pattern.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;
using Strings = google::protobuf::RepeatedPtrField<std::string>;

// Istio's limit.
constexpr int kMaxServiceAccounts = 16;
// No list of values is longer than this: a rule is matched value by value when a peer is first
// seen.
constexpr int kMaxValues = 10'000;

constexpr absl::string_view kL7 = "L7 rules";

// One field of a rule and its negation, as they stand in the message.
struct FieldPair {
  absl::string_view name;
  const Strings& any;
  absl::string_view not_name;
  const Strings& none_of;
};

// CodeOf picks the code of a bad value: what it is, unless it is empty or its wildcard is to blame.
ErrorCode CodeOf(absl::string_view value, ErrorCode code) {
  if (value.empty()) return ErrorCode::kPolicyEmpty;
  const bool identity = code == ErrorCode::kPolicyPrincipal;
  return identity && absl::StrContains(value, '*') ? ErrorCode::kPolicyPattern : code;
}

template <typename T, typename Parse>
void CompileList(const Strings& values, ErrorCode code, const Scope& list, const Parse& parse,
                 std::vector<T>* out) {
  if (values.size() > kMaxValues) {
    list.Error(ErrorCode::kPolicyTooLarge, absl::StrCat("more than ", kMaxValues, " values"));
    return;
  }
  out->reserve(static_cast<size_t>(values.size()));
  for (int i = 0; i < values.size(); ++i) {
    absl::StatusOr<T> value = parse(absl::string_view(values[i]));
    if (value.ok()) {
      out->push_back(*std::move(value));
    } else {
      list.Entry(static_cast<size_t>(i)).Error(CodeOf(values[i], code), value.status().message());
    }
  }
}

template <typename T, typename Parse>
void CompilePair(const FieldPair& pair, ErrorCode code, const Scope& scope, const Parse& parse,
                 Values<T>* out) {
  scope.RefuseEmptyList(pair.name, static_cast<size_t>(pair.any.size()));
  scope.RefuseEmptyList(pair.not_name, static_cast<size_t>(pair.none_of.size()));
  CompileList(pair.any, code, scope.Field(pair.name), parse, &out->any);
  CompileList(pair.none_of, code, scope.Field(pair.not_name), parse, &out->none_of);
}

absl::StatusOr<CidrBlock> ParseBlock(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  return CidrBlock::Parse(text);
}

// RefuseVoid reports the block at scope when nothing was written in it, which would match
// everything; whatever was written has been looked at already.
template <typename Message>
void RefuseVoid(const Message& message, absl::string_view what, const Scope& scope) {
  if (message.ByteSizeLong() > 0) return;
  scope.Error(ErrorCode::kPolicyEmpty, absl::StrCat("\"", what, "\" is empty"),
              "a condition that says nothing would match everything; name at least one field");
}

// WarnNever: an ALLOW rule with notX: ["*"] matches neither those that have an X nor, since doubt
// is not let through, those that have none.
void WarnNever(const Strings& none_of, absl::string_view field, const RuleContext& context,
               const Scope& scope) {
  if (context.action != Action::kAllow) return;
  for (const std::string& value : none_of) {
    if (value != "*") continue;
    scope.Field(field).Warning(
        ErrorCode::kPolicyNeverMatches, absl::StrCat("an ALLOW rule with this can never match"),
        "to let peers without an identity through, name them by ipBlocks alone");
  }
}

PeerMatch CompileSource(const config::v1::PolicySource& source, const RuleContext& context,
                        const Scope& scope) {
  scope.RefuseUnsupported(
      {"requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks"}, kL7);
  RefuseVoid(source, "source", scope);
  PeerMatch match;
  CompilePair({"principals", source.principals(), "notPrincipals", source.notprincipals()},
              ErrorCode::kPolicyPrincipal, scope, StringPattern::ParsePrincipal, &match.principals);
  CompilePair({"namespaces", source.namespaces(), "notNamespaces", source.notnamespaces()},
              ErrorCode::kPolicyPrincipal, scope, StringPattern::ParseNamespace, &match.namespaces);
  CompilePair(
      {"serviceAccounts", source.serviceaccounts(), "notServiceAccounts",
       source.notserviceaccounts()},
      ErrorCode::kPolicyPrincipal, scope,
      [&context](absl::string_view text) {
        return ServiceAccountPattern::Parse(text, context.policy_namespace);
      },
      &match.service_accounts);
  CompilePair({"trustDomains", source.trustdomains(), "notTrustDomains", source.nottrustdomains()},
              ErrorCode::kPolicyPrincipal, scope, StringPattern::ParseTrustDomain,
              &match.trust_domains);
  CompilePair({"ipBlocks", source.ipblocks(), "notIpBlocks", source.notipblocks()},
              ErrorCode::kPolicyAddress, scope, ParseBlock, &match.ip_blocks);
  WarnNever(source.notprincipals(), "notPrincipals", context, scope);
  WarnNever(source.notnamespaces(), "notNamespaces", context, scope);
  WarnNever(source.nottrustdomains(), "notTrustDomains", context, scope);
  return match;
}

// CheckServiceAccounts holds serviceAccounts to Istio's rules for it.
void CheckServiceAccounts(const config::v1::PolicySource& source, const Scope& scope) {
  const int accounts = source.serviceaccounts_size() + source.notserviceaccounts_size();
  if (accounts == 0) return;
  if (source.serviceaccounts_size() > kMaxServiceAccounts ||
      source.notserviceaccounts_size() > kMaxServiceAccounts) {
    scope.Error(ErrorCode::kPolicyTooLarge,
                absl::StrCat("more than ", kMaxServiceAccounts, " service accounts"));
  }
  if (source.principals_size() + source.notprincipals_size() + source.namespaces_size() +
          source.notnamespaces_size() >
      0) {
    scope.Error(ErrorCode::kPolicyPrincipal,
                "serviceAccounts and principals or namespaces exclude each other in one source",
                "write them as two entries of from");
  }
}

void CompileOperation(const config::v1::PolicyOperation& operation, const Scope& scope,
                      TargetMatch* target) {
  scope.RefuseUnsupported({"hosts", "notHosts", "methods", "notMethods", "paths", "notPaths",
                           "protocols", "notProtocols", "grpc"},
                          kL7);
  RefuseVoid(operation, "operation", scope);
  CompilePair({"ports", operation.ports(), "notPorts", operation.notports()},
              ErrorCode::kPolicyPort, scope, ParsePort, &target->ports);
}

void CompileDestination(const config::v1::PolicyDestination& destination, const Scope& scope,
                        TargetMatch* target) {
  scope.RefuseUnsupported({"hosts", "notHosts"}, kL7);
  RefuseVoid(destination, "destination", scope);
  PeerMatch* match = &target->destination;
  CompilePair(
      {"principals", destination.principals(), "notPrincipals", destination.notprincipals()},
      ErrorCode::kPolicyPrincipal, scope, StringPattern::ParsePrincipal, &match->principals);
  CompilePair(
      {"namespaces", destination.namespaces(), "notNamespaces", destination.notnamespaces()},
      ErrorCode::kPolicyPrincipal, scope, StringPattern::ParseNamespace, &match->namespaces);
  CompilePair({"ipBlocks", destination.ipblocks(), "notIpBlocks", destination.notipblocks()},
              ErrorCode::kPolicyAddress, scope, ParseBlock, &match->ip_blocks);
  CompilePair({"ports", destination.ports(), "notPorts", destination.notports()},
              ErrorCode::kPolicyPort, scope, ParsePort, &target->destination_ports);
}

// DestinationMakesSense reports a destination where the language has none.
bool DestinationMakesSense(const RuleContext& context, const Scope& scope) {
  if (context.istio) {
    scope.Error(ErrorCode::kPolicyNotSupported,
                "Istio's AuthorizationPolicy has no \"destination\"",
                "use apiVersion firebreak.dev/v1");
    return false;
  }
  if (context.direction == Direction::kInbound) {
    scope.Error(ErrorCode::kPolicyDirection, "an INBOUND policy has no \"destination\"",
                "the destination is this workload; choose it by spec.selector, and ports by "
                "operation");
    return false;
  }
  return true;
}

TargetMatch CompileTarget(const config::v1::PolicyTo& to, const RuleContext& context,
                          const Scope& scope) {
  TargetMatch target;
  if (!to.has_operation() && !to.has_destination()) {
    scope.Error(ErrorCode::kPolicyEmpty, "an entry of \"to\" is empty",
                "a condition that says nothing would match everything; name an operation");
  }
  if (to.has_operation()) CompileOperation(to.operation(), scope.Field("operation"), &target);
  if (to.has_destination() && DestinationMakesSense(context, scope.Field("destination"))) {
    CompileDestination(to.destination(), scope.Field("destination"), &target);
  }
  return target;
}

}  // namespace

Rule CompileRule(const config::v1::PolicyRule& rule, const RuleContext& context,
                 const Scope& scope) {
  scope.RefuseUnsupported({"when"}, kL7);
  scope.RefuseUnsupported({"validity"}, "time-bounded rules");
  scope.RefuseEmptyList("from", static_cast<size_t>(rule.from_size()));
  scope.RefuseEmptyList("to", static_cast<size_t>(rule.to_size()));

  Rule compiled;
  compiled.action = context.action;
  for (int i = 0; i < rule.from_size(); ++i) {
    const Scope entry = scope.Field("from").Entry(static_cast<size_t>(i));
    if (!rule.from(i).has_source()) {
      entry.Error(ErrorCode::kPolicyEmpty, "an entry of \"from\" has no source");
      continue;
    }
    const Scope source = entry.Field("source");
    CheckServiceAccounts(rule.from(i).source(), source);
    compiled.from.push_back(CompileSource(rule.from(i).source(), context, source));
  }
  for (int i = 0; i < rule.to_size(); ++i) {
    compiled.to.push_back(
        CompileTarget(rule.to(i), context, scope.Field("to").Entry(static_cast<size_t>(i))));
  }
  return compiled;
}

}  // namespace firebreak::policy
