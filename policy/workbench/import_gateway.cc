// The Gateway API's AuthorizationPolicy, GEP-3779: identities and ports.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/principal_syntax.h"
#include "policy/workbench/import.h"

namespace firebreak::policy {
namespace {

// PrincipalOf reads one source; "" where it cannot be expressed, which is reported.
std::string PrincipalOf(const ForeignNode& source, const ImportDocument& document,
                        const ImportOptions& options) {
  source.OnlyFields({"type", "spiffe", "serviceAccount"}, "a source");
  const std::string type = source.Text("type");
  if (type == "SPIFFE") {
    const std::string uri = source.Text("spiffe");
    absl::string_view principal = uri;
    if (!absl::ConsumePrefix(&principal, "spiffe://") || !WrongWithPrincipal(principal).empty()) {
      source.Refuse(absl::StrCat("\"", uri, "\" is no SPIFFE ID"));
      return "";
    }
    return std::string(principal);
  }
  const auto account = source.Field("serviceAccount");
  if (type != "ServiceAccount" || !account.has_value()) {
    source.Refuse(absl::StrCat("a source of type \"", type, "\" cannot be expressed"),
                  "SPIFFE and ServiceAccount can");
    return "";
  }
  account->OnlyFields({"name", "namespace"}, "a service account");
  if (options.trust_domain.empty()) {
    account->Refuse("the trust domain of service accounts is not known", "name it: --trust-domain");
    return "";
  }
  const std::string name = account->Text("name");
  const std::string name_space =
      account->Has("namespace") ? account->Text("namespace") : document.document_namespace;
  std::string principal = absl::StrCat(options.trust_domain, "/ns/", name_space, "/sa/", name);
  const absl::string_view wrong = WrongWithPrincipalPattern(principal);
  if (!wrong.empty()) {
    account->Refuse(absl::StrCat("\"", principal, "\" ", wrong));
    return "";
  }
  return principal;
}

// AddRule adds what a rule allows; one with an empty list of sources allows nothing.
void AddRule(const ForeignNode& rule, const ImportDocument& document, const ImportOptions& options,
             std::vector<ImportedRule>* rules) {
  rule.OnlyFields({"sources", "networkAttributes"}, "a rule");
  ImportedRule imported;
  ImportedPeer peer;
  for (const ForeignNode& source : rule.Entries("sources")) {
    std::string principal = PrincipalOf(source, document, options);
    if (!principal.empty()) peer.principals.push_back(std::move(principal));
  }
  if (rule.Has("sources") && peer.principals.empty()) return;
  if (!peer.principals.empty()) imported.peers.push_back(std::move(peer));
  const auto network = rule.Field("networkAttributes");
  if (network.has_value()) {
    network->OnlyFields({"ports"}, "networkAttributes");
    for (const ForeignNode& port : network->Entries("ports")) {
      imported.ports.push_back(PortOf(port));
    }
    if (network->Has("ports") && imported.ports.empty()) {
      network->Refuse("an empty list of ports cannot be expressed");
    }
  }
  rules->push_back(std::move(imported));
}

}  // namespace

void ImportGatewayPolicy(const ImportDocument& document, const ImportOptions& options,
                         std::vector<Imported>* policies) {
  const auto spec = document.root.Field("spec");
  if (!spec.has_value()) return document.root.Refuse("\"spec\" is missing");
  spec->OnlyFields({"targetRefs", "action", "rules"}, "spec");
  if (spec->Text("action") != "ALLOW") {
    spec->Refuse("an action other than ALLOW cannot be expressed");
  }
  Imported imported;
  imported.comment = absl::StrCat("Imported from ", document.kind, " ", document.document_namespace,
                                  "/", document.name, " in ", document.place);
  imported.name = document.name;
  imported.policy_namespace = document.document_namespace;
  for (const ForeignNode& rule : spec->Entries("rules")) {
    AddRule(rule, document, options, &imported.rules);
  }
  const std::vector<ForeignNode> targets = spec->Entries("targetRefs");
  if (targets.size() != 1) return spec->Refuse("targetRefs other than one of kind Pod");
  const ForeignNode& target = targets[0];
  target.OnlyFields({"kind", "group", "selector"}, "a target");
  const auto selector = target.Field("selector");
  if (target.Text("kind") != "Pod" || !selector.has_value()) {
    return target.Refuse("a target other than Pod with a selector cannot be expressed");
  }
  imported.match_labels = SelectedLabels(*selector);
  policies->push_back(std::move(imported));
}

}  // namespace firebreak::policy
