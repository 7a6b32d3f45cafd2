// Policies of other systems in our language.
#ifndef FIREBREAK_POLICY_WORKBENCH_IMPORT_H_
#define FIREBREAK_POLICY_WORKBENCH_IMPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/loader.h"
#include "policy/workbench/foreign.h"
#include "policy/workbench/inventory.h"

namespace firebreak::policy {

struct ImportOptions {
  std::string trust_domain;              // of service accounts; "" where none is named
  const Inventory* inventory = nullptr;  // for pods named by their labels
  std::string default_namespace = "default";
};

// ImportPolicies reads Istio's AuthorizationPolicy; Linkerd's Server, AuthorizationPolicy,
// MeshTLSAuthentication and NetworkAuthentication; Kubernetes' NetworkPolicy; and the Gateway API's
// AuthorizationPolicy (GEP-3779). The result loads, and allows nothing that those do not. nullopt:
// something cannot be expressed, or is not understood; see *diagnostics.
std::optional<std::string> ImportPolicies(const std::vector<PolicyFile>& files,
                                          const ImportOptions& options,
                                          config::Diagnostics* diagnostics);

// ImportDocument is one document of another system.
struct ImportDocument {
  ForeignNode root;
  std::string kind;
  std::string name;
  std::string document_namespace;
  std::string place;  // the file's name, without its folder
};

// What follows turns documents of one system into policies, and reports what cannot be expressed.
void ImportNetworkPolicy(const ImportDocument& document, const ImportOptions& options,
                         std::vector<Imported>* policies);
void ImportGatewayPolicy(const ImportDocument& document, const ImportOptions& options,
                         std::vector<Imported>* policies);
// ImportLinkerd takes all documents at once, since they refer to each other.
void ImportLinkerd(const std::vector<ImportDocument>& documents, const ImportOptions& options,
                   std::vector<Imported>* policies);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_IMPORT_H_
