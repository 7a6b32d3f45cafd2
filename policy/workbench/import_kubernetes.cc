// Kubernetes' NetworkPolicy. It names pods by their labels and knows no identities: an inventory
// says which identities the pods have.
#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/ip.h"
#include "policy/workbench/import.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kNamespaceName = "kubernetes.io/metadata.name";
constexpr size_t kMaxPortRange = 10'000;

// Matches is Kubernetes' label selector: all of matchLabels and of matchExpressions.
bool Matches(const ForeignNode& selector, const std::map<std::string, std::string>& labels) {
  for (const auto& [key, value] : selector.Labels("matchLabels")) {
    const auto label = labels.find(key);
    if (label == labels.end() || label->second != value) return false;
  }
  for (const ForeignNode& expression : selector.Entries("matchExpressions")) {
    const auto label = labels.find(expression.Text("key"));
    const std::vector<std::string> values = expression.Strings("values");
    const bool present = label != labels.end();
    const bool named =
        present && std::find(values.begin(), values.end(), label->second) != values.end();
    const std::string how = expression.Text("operator");
    const bool holds = how == "In"       ? named
                       : how == "NotIn"  ? !named
                       : how == "Exists" ? present
                                         : how == "DoesNotExist" && !present;
    if (!holds) return false;
  }
  return true;
}

void CheckSelector(const ForeignNode& selector) {
  selector.OnlyFields({"matchLabels", "matchExpressions"}, "a selector");
  for (const ForeignNode& expression : selector.Entries("matchExpressions")) {
    expression.OnlyFields({"key", "operator", "values"}, "an expression");
    const std::string how = expression.Text("operator");
    if (how != "In" && how != "NotIn" && how != "Exists" && how != "DoesNotExist") {
      expression.Refuse(absl::StrCat("operator \"", how, "\" is not known"));
    }
  }
}

// CheckNamespaces: of namespaces the inventory knows the names, and those are labels too.
void CheckNamespaces(const ForeignNode& selector) {
  CheckSelector(selector);
  bool by_name = true;
  for (const auto& [key, value] : selector.Labels("matchLabels")) {
    by_name = by_name && key == kNamespaceName;
  }
  for (const ForeignNode& expression : selector.Entries("matchExpressions")) {
    by_name = by_name && expression.Text("key") == kNamespaceName;
  }
  if (!by_name) {
    selector.Refuse("the labels of namespaces are not known",
                    absl::StrCat("select them by ", kNamespaceName));
  }
}

// Importer turns one NetworkPolicy into one policy a direction.
class Importer {
 public:
  Importer(const ImportDocument& document, const ImportOptions& options)
      : document_(document), options_(options) {}

  void Run(std::vector<Imported>* policies);

 private:
  Imported Direction(const ForeignNode& spec, bool outbound);
  void AddRule(const ForeignNode& rule, bool outbound, std::vector<ImportedRule>* rules);
  void AddPods(const ForeignNode& peer, std::vector<ImportedPeer>* peers);
  void AddPorts(const ForeignNode& port, std::vector<std::string>* ports);
  bool Selected(const ForeignNode& peer, const InventoryWorkload& workload) const;

  const ImportDocument& document_;
  const ImportOptions& options_;
};

bool Importer::Selected(const ForeignNode& peer, const InventoryWorkload& workload) const {
  const auto namespaces = peer.Field("namespaceSelector");
  const auto pods = peer.Field("podSelector");
  const std::string& own = workload.workload.workload_namespace;
  const bool in_namespace = namespaces.has_value()
                                ? Matches(*namespaces, {{std::string(kNamespaceName), own}})
                                : own == document_.document_namespace;
  return in_namespace && (!pods.has_value() || Matches(*pods, workload.workload.labels));
}

// AddPods names the identities of the pods selected. One that pods share which are not selected
// would let those in too.
void Importer::AddPods(const ForeignNode& peer, std::vector<ImportedPeer>* peers) {
  if (options_.inventory == nullptr) {
    return peer.Refuse("which identities these pods have is not known",
                       "name the workloads: --workloads FILE");
  }
  std::set<std::string> selected;
  std::set<std::string> others;
  for (const InventoryWorkload& workload : options_.inventory->workloads()) {
    const bool in = Selected(peer, workload);
    if (!workload.principal.has_value()) {
      if (in) peer.Refuse(absl::StrCat("workload ", workload.full_name(), " has no principal"));
      continue;
    }
    (in ? selected : others).insert(std::string(workload.principal->principal()));
  }
  ImportedPeer imported;
  for (const std::string& principal : selected) {
    if (others.count(principal) > 0) {
      peer.Refuse(absl::StrCat("other pods, which are not selected, are ", principal, " too"));
    }
    imported.principals.push_back(principal);
  }
  if (imported.principals.empty()) {
    return peer.Warn("no workload of the inventory is selected, so this allows nothing");
  }
  peers->push_back(std::move(imported));
}

void Importer::AddPorts(const ForeignNode& port, std::vector<std::string>* ports) {
  port.OnlyFields({"protocol", "port", "endPort"}, "a port");
  if (port.Has("protocol") && port.Text("protocol") != "TCP") {
    return port.Refuse(absl::StrCat("protocol ", port.Text("protocol"), " is not TCP"));
  }
  const auto first = port.Field("port");
  if (!first.has_value()) {
    return port.Refuse("a port without a number cannot be expressed", "leave out \"ports\"");
  }
  const std::string from = PortOf(*first);
  const auto last = port.Field("endPort");
  const std::string to = last.has_value() ? PortOf(*last) : from;
  uint32_t low = 0;
  uint32_t high = 0;
  if (!absl::SimpleAtoi(from, &low) || !absl::SimpleAtoi(to, &high)) return;
  if (high < low || high - low >= kMaxPortRange) {
    return port.Refuse(absl::StrCat("a range of ports that is empty, or of ", kMaxPortRange,
                                    " and more, cannot be expressed"));
  }
  for (uint32_t number = low; number <= high; ++number) ports->push_back(absl::StrCat(number));
}

void Importer::AddRule(const ForeignNode& rule, bool outbound, std::vector<ImportedRule>* rules) {
  const absl::string_view side = outbound ? "to" : "from";
  rule.OnlyFields({side, "ports"}, "a rule");
  ImportedRule imported;
  for (const ForeignNode& port : rule.Entries("ports")) AddPorts(port, &imported.ports);
  const std::vector<ForeignNode> peers = rule.Entries(side);
  for (const ForeignNode& peer : peers) {
    peer.OnlyFields({"podSelector", "namespaceSelector", "ipBlock"}, "a peer");
    const auto block = peer.Field("ipBlock");
    if (!block.has_value()) {
      if (const auto pods = peer.Field("podSelector")) CheckSelector(*pods);
      if (const auto namespaces = peer.Field("namespaceSelector")) CheckNamespaces(*namespaces);
      AddPods(peer, &imported.peers);
      continue;
    }
    block->OnlyFields({"cidr", "except"}, "ipBlock");
    ImportedPeer by_address;
    by_address.ip_blocks = {block->Text("cidr")};
    by_address.not_ip_blocks = block->Strings("except");
    imported.peers.push_back(std::move(by_address));
  }
  // No peers is everybody; peers of which none is left is nobody.
  if (!peers.empty() && imported.peers.empty()) return;
  rules->push_back(std::move(imported));
}

Imported Importer::Direction(const ForeignNode& spec, bool outbound) {
  Imported imported;
  imported.comment = absl::StrCat("Imported from NetworkPolicy ", document_.document_namespace, "/",
                                  document_.name, " in ", document_.place);
  imported.name = absl::StrCat(document_.name, outbound ? "-egress" : "-ingress");
  imported.policy_namespace = document_.document_namespace;
  imported.outbound = outbound;
  if (const auto pods = spec.Field("podSelector")) imported.match_labels = SelectedLabels(*pods);
  for (const ForeignNode& rule : spec.Entries(outbound ? "egress" : "ingress")) {
    AddRule(rule, outbound, &imported.rules);
  }
  const bool ports_of_pods =
      std::any_of(imported.rules.begin(), imported.rules.end(), [](const ImportedRule& rule) {
        return !rule.ports.empty() && (rule.peers.empty() || !rule.peers[0].principals.empty());
      });
  if (outbound && ports_of_pods) {
    absl::StrAppend(&imported.comment,
                    ". Its ports are those of the pods: where callers connect to listeners of "
                    "sidecars, name the ports of these");
  }
  return imported;
}

void Importer::Run(std::vector<Imported>* policies) {
  const auto spec = document_.root.Field("spec");
  if (!spec.has_value()) return document_.root.Refuse("\"spec\" is missing");
  spec->OnlyFields({"podSelector", "policyTypes", "ingress", "egress"}, "spec");
  const std::vector<std::string> types = spec->Strings("policyTypes");
  const auto names = [&types](absl::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
  };
  const bool egress = types.empty() ? spec->Has("egress") : names("Egress");
  const bool ingress = types.empty() || names("Ingress");
  if (ingress) policies->push_back(Direction(*spec, /*outbound=*/false));
  if (egress) policies->push_back(Direction(*spec, /*outbound=*/true));
}

}  // namespace

void ImportNetworkPolicy(const ImportDocument& document, const ImportOptions& options,
                         std::vector<Imported>* policies) {
  Importer(document, options).Run(policies);
}

}  // namespace firebreak::policy
