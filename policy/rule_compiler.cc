#include "policy/rule_compiler.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

#include "base/ip.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "policy/field_compiler.h"
#include "policy/http_compiler.h"
#include "policy/pattern.h"
#include "policy/protocol_check.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;
// Istio's limit.
constexpr int kMaxServiceAccounts = 16;
constexpr absl::string_view kNoIdentity =
    "to let peers without an identity through, name them by ipBlocks alone";

// CompileWhatRequestsSay reads who a request says that it comes from.
void CompileWhatRequestsSay(const config::v1::PolicySource& source, const RuleContext& context,
                            const Scope& scope, PeerMatch* match) {
  CompileNobody({"requestPrincipals", source.requestprincipals(), "notRequestPrincipals",
                 source.notrequestprincipals()},
                context, scope, &match->impossible);
  CompilePair(
      {"remoteIpBlocks", source.remoteipblocks(), "notRemoteIpBlocks", source.notremoteipblocks()},
      ErrorCode::kPolicyAddress, scope, ParseBlock, &match->remote_ip_blocks);
  if (context.direction == Direction::kInbound) return;
  for (const absl::string_view field :
       {"requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks"}) {
    if (!scope.Has(field)) continue;
    scope.Field(field).Error(ErrorCode::kPolicyDirection,
                             absl::StrCat("an OUTBOUND policy has no \"", field, "\""),
                             "its source is this workload itself");
  }
}

PeerMatch CompileSource(const config::v1::PolicySource& source, const RuleContext& context,
                        const Scope& scope) {
  RefuseVoid(source, "source", scope);
  PeerMatch match;
  CompilePrincipals({"principals", source.principals(), "notPrincipals", source.notprincipals()},
                    context, scope, &match.principals);
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
  CompileWhatRequestsSay(source, context, scope, &match);
  WarnNever(source.notprincipals(), "notPrincipals", context, scope, kNoIdentity);
  WarnNever(source.notnamespaces(), "notNamespaces", context, scope, kNoIdentity);
  WarnNever(source.nottrustdomains(), "notTrustDomains", context, scope, kNoIdentity);
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
  RefuseVoid(operation, "operation", scope);
  CompilePair({"ports", operation.ports(), "notPorts", operation.notports()},
              ErrorCode::kPolicyPort, scope, ParsePort, &target->ports);
}

void CompileDestination(const config::v1::PolicyDestination& destination,
                        const RuleContext& context, const Scope& scope, TargetMatch* target) {
  RefuseVoid(destination, "destination", scope);
  PeerMatch* match = &target->destination;
  CompilePrincipals(
      {"principals", destination.principals(), "notPrincipals", destination.notprincipals()},
      context, scope, &match->principals);
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
    CompileDestination(to.destination(), context, scope.Field("destination"), &target);
  }
  target.http = CompileHttp(to, context, scope);
  return target;
}

}  // namespace

Rule CompileRule(const config::v1::PolicyRule& rule, const RuleContext& context,
                 const Scope& scope) {
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
  compiled.when = CompileWhen(rule, context, scope);
  CheckProtocols(compiled, context, scope);
  return compiled;
}

}  // namespace firebreak::policy
