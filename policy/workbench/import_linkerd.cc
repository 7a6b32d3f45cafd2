// Linkerd's policies: an AuthorizationPolicy lets those through that satisfy all of its
// authentications, to a Server, which is a port of some pods.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/principal_syntax.h"
#include "policy/workbench/import.h"

namespace firebreak::policy {
namespace {

// Importer resolves the references between the documents.
class Importer {
 public:
  Importer(const std::vector<ImportDocument>& documents, const ImportOptions& options)
      : documents_(documents), options_(options) {}

  void Run(std::vector<Imported>* policies);

 private:
  const ImportDocument* Find(absl::string_view kind, const std::string& name,
                             const std::string& name_space) const;
  std::vector<const ImportDocument*> Servers(const ForeignNode& target,
                                             const ImportDocument& policy) const;
  void CheckServer(const ImportDocument& server) const;
  void AddPolicy(const ImportDocument& policy, std::vector<Imported>* policies);
  std::vector<ImportedPeer> Peers(const ForeignNode& spec, const ImportDocument& policy) const;
  std::vector<std::string> MeshPrincipals(const ImportDocument& document) const;
  std::string AccountPrincipal(const ForeignNode& reference, const std::string& name_space) const;
  std::string IdentityPrincipal(const ForeignNode& identity) const;
  std::vector<ImportedPeer> Networks(const ImportDocument& document) const;

  const std::vector<ImportDocument>& documents_;
  const ImportOptions& options_;
};

const ImportDocument* Importer::Find(absl::string_view kind, const std::string& name,
                                     const std::string& name_space) const {
  for (const ImportDocument& document : documents_) {
    if (document.kind == kind && document.name == name &&
        document.document_namespace == name_space) {
      return &document;
    }
  }
  return nullptr;
}

// AccountPrincipal is the identity of a ServiceAccount reference, or of all of a Namespace.
std::string Importer::AccountPrincipal(const ForeignNode& reference,
                                       const std::string& name_space) const {
  reference.OnlyFields({"kind", "group", "name", "namespace"}, "a reference");
  if (options_.trust_domain.empty()) {
    reference.Refuse("the trust domain of service accounts is not known",
                     "name it: --trust-domain");
    return "";
  }
  const std::string name = reference.Text("name");
  const std::string own = reference.Has("namespace") ? reference.Text("namespace") : name_space;
  if (reference.Text("kind") == "ServiceAccount") {
    return absl::StrCat(options_.trust_domain, "/ns/", own, "/sa/", name);
  }
  if (reference.Text("kind") == "Namespace") {
    return absl::StrCat(options_.trust_domain, "/ns/", name, "/sa/*");
  }
  reference.Refuse(absl::StrCat("a reference to ", reference.Text("kind"), " cannot be expressed"));
  return "";
}

// IdentityPrincipal reads ACCOUNT.NAMESPACE.serviceaccount.identity.linkerd.TRUST-DOMAIN, where the
// account may be "*"; or "*", which is anybody with an identity.
std::string Importer::IdentityPrincipal(const ForeignNode& identity) const {
  std::string text = identity.scalar();
  if (text == "*") return text;
  constexpr absl::string_view kMiddle = ".serviceaccount.identity.";
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits(kMiddle, 1));
  const std::vector<absl::string_view> names = absl::StrSplit(ends.first, '.');
  // Behind it: the namespace of Linkerd itself, and the trust domain.
  const size_t dot = ends.second.find('.');
  if (names.size() != 2 || dot == absl::string_view::npos || names[1] == "*") {
    identity.Refuse(absl::StrCat("identity \"", text, "\" cannot be expressed"),
                    "ACCOUNT.NAMESPACE.serviceaccount.identity.linkerd.TRUST-DOMAIN can");
    return "";
  }
  const absl::string_view domain = ends.second.substr(dot + 1);
  std::string principal = absl::StrCat(
      options_.trust_domain.empty() ? domain : absl::string_view(options_.trust_domain), "/ns/",
      names[1], "/sa/", names[0]);
  const absl::string_view wrong = WrongWithPrincipalPattern(principal);
  if (wrong.empty()) return principal;
  identity.Refuse(absl::StrCat("identity \"", text, "\": \"", principal, "\" ", wrong));
  return "";
}

std::vector<std::string> Importer::MeshPrincipals(const ImportDocument& document) const {
  std::vector<std::string> principals;
  const auto spec = document.root.Field("spec");
  if (!spec.has_value()) return principals;
  spec->OnlyFields({"identities", "identityRefs"}, "spec");
  for (const ForeignNode& identity : spec->Entries("identities")) {
    principals.push_back(IdentityPrincipal(identity));
  }
  for (const ForeignNode& reference : spec->Entries("identityRefs")) {
    principals.push_back(AccountPrincipal(reference, document.document_namespace));
  }
  if (principals.empty()) spec->Refuse("names no identity");
  return principals;
}

std::vector<ImportedPeer> Importer::Networks(const ImportDocument& document) const {
  std::vector<ImportedPeer> peers;
  const auto spec = document.root.Field("spec");
  if (!spec.has_value()) return peers;
  spec->OnlyFields({"networks"}, "spec");
  for (const ForeignNode& network : spec->Entries("networks")) {
    network.OnlyFields({"cidr", "except"}, "a network");
    ImportedPeer peer;
    peer.ip_blocks = {network.Text("cidr")};
    peer.not_ip_blocks = network.Strings("except");
    peers.push_back(std::move(peer));
  }
  if (peers.empty()) spec->Refuse("names no network");
  return peers;
}

// Peers is the conjunction of all authentications: at most one names identities and one networks,
// since a source has each field once. No authentication at all is anybody.
std::vector<ImportedPeer> Importer::Peers(const ForeignNode& spec,
                                          const ImportDocument& policy) const {
  std::optional<std::vector<std::string>> principals;
  std::vector<ImportedPeer> networks;
  for (const ForeignNode& reference : spec.Entries("requiredAuthenticationRefs")) {
    const std::string kind = reference.Text("kind");
    const std::string name_space =
        reference.Has("namespace") ? reference.Text("namespace") : policy.document_namespace;
    const ImportDocument* document = Find(kind, reference.Text("name"), name_space);
    const bool account = kind == "ServiceAccount";
    if (!account && document == nullptr) {
      reference.Refuse(absl::StrCat(kind, " ", name_space, "/", reference.Text("name"),
                                    " is not among the files"));
      continue;
    }
    const bool network = kind == "NetworkAuthentication";
    if (network ? !networks.empty() : principals.has_value()) {
      reference.Refuse("two authentications of one kind at once cannot be expressed");
    } else if (network) {
      networks = Networks(*document);
    } else if (account) {
      principals = {AccountPrincipal(reference, policy.document_namespace)};
    } else {
      principals = MeshPrincipals(*document);
    }
  }
  if (!principals.has_value()) return networks;
  if (networks.empty()) networks.emplace_back();
  for (ImportedPeer& peer : networks) peer.principals = *principals;
  return networks;
}

void Importer::CheckServer(const ImportDocument& server) const {
  const auto spec = server.root.Field("spec");
  if (!spec.has_value()) return server.root.Refuse("\"spec\" is missing");
  spec->OnlyFields({"podSelector", "port", "proxyProtocol", "accessPolicy"}, "a Server");
  if (spec->Has("accessPolicy") && spec->Text("accessPolicy") != "deny") {
    spec->Field("accessPolicy")
        ->Refuse("an accessPolicy other than deny lets through what no policy names");
  }
  if (!spec->Has("port")) spec->Refuse("\"port\" is missing");
  if (!spec->Has("podSelector")) spec->Refuse("\"podSelector\" is missing");
}

std::vector<const ImportDocument*> Importer::Servers(const ForeignNode& target,
                                                     const ImportDocument& policy) const {
  target.OnlyFields({"kind", "group", "name"}, "a target");
  const std::string kind = target.Text("kind");
  std::vector<const ImportDocument*> servers;
  if (kind != "Server" && kind != "Namespace") {
    target.Refuse(absl::StrCat("a target of kind ", kind, " cannot be expressed"),
                  "Server and Namespace can");
    return servers;
  }
  for (const ImportDocument& document : documents_) {
    if (document.kind != "Server" || document.document_namespace != policy.document_namespace) {
      continue;
    }
    if (kind == "Namespace" || document.name == target.Text("name")) servers.push_back(&document);
  }
  if (servers.empty()) target.Refuse("no such Server is among the files");
  return servers;
}

void Importer::AddPolicy(const ImportDocument& policy, std::vector<Imported>* policies) {
  const auto spec = policy.root.Field("spec");
  if (!spec.has_value()) return policy.root.Refuse("\"spec\" is missing");
  spec->OnlyFields({"targetRef", "requiredAuthenticationRefs"}, "spec");
  const auto target = spec->Field("targetRef");
  if (!target.has_value()) return spec->Refuse("\"targetRef\" is missing");
  const std::vector<const ImportDocument*> servers = Servers(*target, policy);
  for (const ImportDocument* server : servers) {
    const auto server_spec = server->root.Field("spec");
    if (!server_spec.has_value() || !server_spec->Has("port") || !server_spec->Has("podSelector")) {
      continue;  // reported by CheckServer
    }
    Imported imported;
    imported.comment =
        absl::StrCat("Imported from Linkerd's AuthorizationPolicy ", policy.document_namespace, "/",
                     policy.name, " for Server ", server->name, " in ", policy.place);
    imported.name =
        servers.size() == 1 ? policy.name : absl::StrCat(policy.name, "-", server->name);
    imported.policy_namespace = policy.document_namespace;
    imported.match_labels = SelectedLabels(*server_spec->Field("podSelector"));
    ImportedRule rule;
    rule.ports = {PortOf(*server_spec->Field("port"))};
    rule.peers = Peers(*spec, policy);
    imported.rules.push_back(std::move(rule));
    policies->push_back(std::move(imported));
  }
}

void Importer::Run(std::vector<Imported>* policies) {
  for (const ImportDocument& document : documents_) {
    const std::string& kind = document.kind;
    if (kind == "Server") {
      CheckServer(document);
    } else if (kind == "AuthorizationPolicy") {
      AddPolicy(document, policies);
    } else if (kind != "MeshTLSAuthentication" && kind != "NetworkAuthentication") {
      document.root.Refuse(absl::StrCat("kind ", kind, " of Linkerd cannot be expressed"));
    }
  }
}

}  // namespace

void ImportLinkerd(const std::vector<ImportDocument>& documents, const ImportOptions& options,
                   std::vector<Imported>* policies) {
  Importer(documents, options).Run(policies);
}

}  // namespace firebreak::policy
