#include "policy/workbench/import.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/yaml_tree.h"
#include "policy/policy_compiler.h"
#include "policy/workbench/format.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

using config::Diagnostics;

// Source is one file with its documents.
struct Source {
  std::unique_ptr<config::SourceText> text;
  std::unique_ptr<const config::YamlTree> tree;
};

// AddObjects adds a document, or those of a List, as `kubectl get -o yaml` prints them. True: there
// is more in it than somebody has written.
bool AddObjects(const ForeignNode& root, std::vector<ForeignNode>* roots) {
  if (root.Text("kind") == "List") {
    for (const ForeignNode& item : root.Entries("items")) AddObjects(item, roots);
    return true;
  }
  roots->push_back(root);
  const auto metadata = root.Field("metadata");
  return root.Has("status") || (metadata.has_value() &&
                                (metadata->Has("managedFields") || metadata->Has("selfLink") ||
                                 metadata->Has("ownerReferences") || metadata->Has("finalizers")));
}

// Importing gathers the policies of all files.
class Importing {
 public:
  Importing(const ImportOptions& options, Diagnostics* diagnostics)
      : options_(options), diagnostics_(*diagnostics) {}

  void AddFile(const PolicyFile& file);
  std::optional<std::string> Finish();

 private:
  void AddDocument(const PolicyFile& file, const ForeignNode& root);
  void AddIstio(const PolicyFile& file);
  void AddStoredIstio(const PolicyFile& file, const ForeignNode& root);

  const ImportOptions& options_;
  Diagnostics& diagnostics_;
  std::vector<Source> sources_;  // the documents borrow them
  std::vector<ImportDocument> linkerd_;
  std::vector<Imported> policies_;
  std::vector<std::string> as_they_stand_;
};

// AddIstio keeps a file of Istio's in its own language, which ours takes, and lays it out.
void Importing::AddIstio(const PolicyFile& file) {
  auto formatted = FormatPolicy(file.name, file.text, &diagnostics_);
  if (formatted.has_value()) as_they_stand_.push_back(*std::move(formatted));
}

// AddStoredIstio takes from an object as the cluster shows it what somebody has written.
void Importing::AddStoredIstio(const PolicyFile& file, const ForeignNode& root) {
  constexpr char kDryRun[] = "istio.io/dry-run";
  root.OnlyFields({"apiVersion", "kind", "metadata", "spec", "status"}, "a policy");
  std::string text = absl::StrCat("apiVersion: ", YamlQuoted(root.Text("apiVersion")),
                                  "\nkind: ", YamlQuoted(root.Text("kind")), "\nmetadata:\n");
  if (const auto metadata = root.Field("metadata")) {
    for (const char* field : {"name", "namespace"}) {
      if (!metadata->Has(field)) continue;
      absl::StrAppend(&text, "  ", field, ": ", YamlQuoted(metadata->Text(field)), "\n");
    }
    const auto annotations = metadata->Labels("annotations");
    if (const auto dry_run = annotations.find(kDryRun); dry_run != annotations.end()) {
      absl::StrAppend(&text, "  annotations: {", kDryRun, ": ", YamlQuoted(dry_run->second), "}\n");
    }
  }
  if (const auto spec = root.Field("spec")) {
    absl::StrAppend(&text, "spec: ", spec->FlowText(), "\n");
  }
  AddIstio({file.name, text});
}

void Importing::AddDocument(const PolicyFile& file, const ForeignNode& root) {
  const std::string kind = root.Text("kind");
  const std::string version = root.Text("apiVersion");
  const std::string group(absl::string_view(version).substr(0, version.find('/')));
  const auto metadata = root.Field("metadata");
  // The folder is nobody's business, and would make the result depend on where it was made.
  const std::string place = file.name.substr(file.name.rfind('/') + 1);
  ImportDocument document{root, kind, "", options_.default_namespace, place};
  if (metadata.has_value()) {
    document.name = metadata->Text("name");
    if (metadata->Has("namespace")) document.document_namespace = metadata->Text("namespace");
  }
  if (document.name.empty()) {
    root.Refuse("\"metadata.name\" is missing");
  } else if (group == "networking.k8s.io" && kind == "NetworkPolicy") {
    ImportNetworkPolicy(document, options_, &policies_);
  } else if (absl::StartsWith(group, "gateway.networking.") &&
             (kind == "AuthorizationPolicy" || kind == "XAuthorizationPolicy")) {
    ImportGatewayPolicy(document, options_, &policies_);
  } else if (group == "policy.linkerd.io") {
    linkerd_.push_back(std::move(document));
  } else {
    root.Refuse(absl::StrCat("kind \"", kind, "\" of \"", version, "\" cannot be imported"),
                "AuthorizationPolicy of Istio or of the Gateway API, NetworkPolicy, or Linkerd's "
                "Server, AuthorizationPolicy, MeshTLSAuthentication and NetworkAuthentication");
  }
}

void Importing::AddFile(const PolicyFile& file) {
  Source source;
  source.text = std::make_unique<config::SourceText>(file.name, file.text);
  source.tree = config::ParseYamlTree(*source.text, &diagnostics_);
  if (source.tree == nullptr) return;
  sources_.push_back(std::move(source));
  const Source& own = sources_.back();
  size_t istio = 0;
  bool stored = false;
  std::vector<ForeignNode> roots;
  for (const int32_t index : own.tree->roots()) {
    stored = AddObjects({*own.text, *own.tree, index, diagnostics_}, &roots) || stored;
  }
  std::vector<ForeignNode> others;
  for (const ForeignNode& root : roots) {
    if (!IsIstioApiVersion(root.Text("apiVersion"))) {
      others.push_back(root);
    } else if (stored) {
      AddStoredIstio(file, root);
    } else {
      ++istio;
    }
  }
  if (istio > 0 && !others.empty()) {
    others[0].Refuse("stands in one file with policies of Istio", "import them file by file");
    return;
  }
  if (istio > 0) AddIstio(file);
  for (const ForeignNode& root : others) AddDocument(file, root);
}

std::optional<std::string> Importing::Finish() {
  ImportLinkerd(linkerd_, options_, &policies_);
  if (!diagnostics_.ok()) return std::nullopt;
  std::string text;
  const auto add = [&text](const std::string& document) {
    absl::StrAppend(&text, text.empty() ? "" : "---\n", document);
  };
  for (const std::string& document : as_they_stand_) add(document);
  for (const Imported& policy : policies_) add(policy.ToYaml());
  PolicyCounts counts;
  Diagnostics own;
  if (text.empty() || CheckPolicyFiles({{"imported.yaml", text}}, &counts, &own)) return text;
  // Such as two policies of one name.
  for (const config::Diagnostic& diagnostic : own.items()) diagnostics_.Add(diagnostic);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ImportPolicies(const std::vector<PolicyFile>& files,
                                          const ImportOptions& options, Diagnostics* diagnostics) {
  Importing importing(options, diagnostics);
  for (const PolicyFile& file : files) importing.AddFile(file);
  return importing.Finish();
}

}  // namespace firebreak::policy
