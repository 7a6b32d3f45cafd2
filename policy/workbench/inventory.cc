#include "policy/workbench/inventory.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/diagnostics.h"
#include "config/did_you_mean.h"
#include "config/file_text.h"
#include "config/policy.pb.h"
#include "config/question.pb.h"
#include "config/yaml_reader.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

// The labels that name a workload, the first that is there.
constexpr absl::string_view kNameLabels[] = {"app", "app.kubernetes.io/name", "k8s-app"};

std::string NameOf(const std::map<std::string, std::string>& labels, absl::string_view otherwise) {
  for (const absl::string_view label : kNameLabels) {
    const auto found = labels.find(std::string(label));
    if (found != labels.end()) return found->second;
  }
  return std::string(labels.size() == 1 ? absl::string_view(labels.begin()->second) : otherwise);
}

// Identities gathers what policies name in full.
class Identities {
 public:
  template <typename List>
  void Add(const List& principals) {
    for (const std::string& principal : principals) {
      const absl::StatusOr<certs::SpiffeId> id = certs::SpiffeId::ParsePrincipal(principal);
      if (!id.ok() || id->service_account().empty()) continue;
      by_name_[{std::string(id->k8s_namespace()), std::string(id->service_account())}].insert(*id);
    }
  }

  // The identity of a name; nullopt when there is none or more than one.
  std::optional<certs::SpiffeId> Of(const std::string& name_space, const std::string& name) const {
    const auto found = by_name_.find({name_space, name});
    if (found == by_name_.end() || found->second.size() != 1) return std::nullopt;
    return *found->second.begin();
  }

  using Names = std::map<std::pair<std::string, std::string>, std::set<certs::SpiffeId>>;
  const Names& by_name() const { return by_name_; }

 private:
  Names by_name_;
};

void AddGroups(const std::string& groups, Identities* identities) {
  config::Diagnostics ignored;  // the same as when the book was read
  const auto yaml = config::YamlFile::Parse("groups", groups, &ignored);
  if (!yaml.has_value()) return;
  for (size_t i = 0; i < yaml->document_count(); ++i) {
    config::v1::PrincipalGroup group;
    config::SourceMap map;
    if (yaml->Read(i, &group, &map, &ignored)) identities->Add(group.spec().principals());
  }
}

Identities IdentitiesOf(const PolicyBook& book) {
  Identities identities;
  if (!book.documents().empty()) AddGroups(book.documents().front().groups(), &identities);
  for (const PolicyDocument& document : book.documents()) {
    for (const config::v1::PolicyRule& rule : document.message().spec().rules()) {
      for (const auto& from : rule.from()) identities.Add(from.source().principals());
      for (const auto& to : rule.to()) identities.Add(to.destination().principals());
      for (const auto& condition : rule.when()) {
        if (condition.key() == "source.principal") identities.Add(condition.values());
      }
    }
  }
  return identities;
}

}  // namespace

std::string InventoryWorkload::full_name() const {
  return absl::StrCat(workload.workload_namespace, "/", name);
}

std::optional<Inventory> Inventory::Read(const std::string& path,
                                         config::Diagnostics* diagnostics) {
  const std::optional<std::string> text = config::ReadFileText(path, diagnostics);
  if (!text.has_value()) return std::nullopt;
  config::v1::Inventory file;
  config::SourceMap map;
  if (!config::ReadYaml(path, *text, &file, &map, diagnostics)) return std::nullopt;
  const int errors_before = diagnostics->error_count();
  Inventory inventory;
  const Scope scope(map, *diagnostics);
  for (int i = 0; i < file.workloads_size(); ++i) {
    inventory.Add(file.workloads(i), scope.Field("workloads").Entry(static_cast<size_t>(i)));
  }
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return inventory;
}

Inventory Inventory::Infer(const PolicyBook& book) {
  const Identities identities = IdentitiesOf(book);
  Inventory inventory;
  std::set<std::pair<std::string, std::string>> named;
  const auto add = [&](const std::string& name, Workload workload) {
    if (!named.insert({workload.workload_namespace, name}).second) return;
    InventoryWorkload entry{name, std::move(workload), std::nullopt, true};
    entry.principal = identities.Of(entry.workload.workload_namespace, name);
    inventory.workloads_.push_back(std::move(entry));
  };
  for (const PolicyDocument& document : book.documents()) {
    const config::v1::AuthorizationPolicy& message = document.message();
    if (!message.spec().has_selector()) continue;
    Workload workload;
    workload.workload_namespace = message.metadata().namespace_();
    for (const auto& [label, value] : message.spec().selector().matchlabels()) {
      workload.labels.emplace(label, value);
    }
    const std::string name = NameOf(workload.labels, message.metadata().name());
    add(name, std::move(workload));
  }
  for (const auto& [name, ids] : identities.by_name()) {
    add(name.second, Workload{name.first, {{"app", name.second}}});
  }
  return inventory;
}

void Inventory::Add(const config::v1::InventoryWorkload& entry, const Scope& scope) {
  InventoryWorkload added;
  added.name = entry.name();
  added.workload.workload_namespace = entry.namespace_();
  for (const auto& [label, value] : entry.labels()) added.workload.labels.emplace(label, value);
  if (entry.name().empty()) {
    scope.Error(ErrorCode::kQuestionValue, "a workload needs a name");
    return;
  }
  if (entry.namespace_().empty()) {
    scope.Error(ErrorCode::kQuestionValue, "a workload needs a namespace");
    return;
  }
  if (entry.has_principal()) {
    auto id = certs::SpiffeId::ParsePrincipal(entry.principal());
    if (!id.ok()) {
      scope.Field("principal").Error(ErrorCode::kQuestionValue, id.status().message());
      return;
    }
    added.principal = *std::move(id);
  }
  for (int i = 0; i < entry.ports_size(); ++i) {
    const config::v1::InventoryPort& port = entry.ports(i);
    constexpr uint32_t kMaxPort = 65'535;
    if (port.app() == 0 || port.app() > kMaxPort || port.sidecar() == 0 ||
        port.sidecar() > kMaxPort) {
      scope.Field("ports")
          .Entry(static_cast<size_t>(i))
          .Error(ErrorCode::kQuestionValue, "a port has \"app\" and \"sidecar\", 1 to 65535 each");
      return;
    }
    added.ports.push_back(
        {static_cast<uint16_t>(port.app()), static_cast<uint16_t>(port.sidecar())});
  }
  // What somebody wrote down goes before what was guessed.
  workloads_.erase(std::remove_if(workloads_.begin(), workloads_.end(),
                                  [&added](const InventoryWorkload& other) {
                                    return other.inferred && other.full_name() == added.full_name();
                                  }),
                   workloads_.end());
  const bool again = std::any_of(
      workloads_.begin(), workloads_.end(),
      [&added](const InventoryWorkload& other) { return other.full_name() == added.full_name(); });
  if (again) {
    scope.Field("name").Error(ErrorCode::kQuestionValue,
                              absl::StrCat("there is a workload ", added.full_name(), " already"));
    return;
  }
  workloads_.push_back(std::move(added));
}

absl::StatusOr<const InventoryWorkload*> Inventory::Find(absl::string_view name) const {
  absl::ConsumePrefix(&name, "spiffe://");
  std::vector<const InventoryWorkload*> found;
  std::vector<std::string> full_names;
  std::vector<absl::string_view> known;
  for (const InventoryWorkload& workload : workloads_) {
    full_names.push_back(workload.full_name());
    const bool is_principal =
        workload.principal.has_value() && workload.principal->principal() == name;
    if (workload.name == name || full_names.back() == name || is_principal) {
      found.push_back(&workload);
    }
    known.push_back(workload.name);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("there are several workloads \"", name,
                                                   "\", such as ", found[0]->full_name(), " and ",
                                                   found[1]->full_name()));
  }
  known.insert(known.end(), full_names.begin(), full_names.end());
  const std::string hint = config::DidYouMean(name, known);
  return absl::NotFoundError(
      absl::StrCat("no workload \"", name, "\" is known", hint.empty() ? "" : "; ", hint));
}

const InventoryWorkload* Inventory::ByPrincipal(absl::string_view principal) const {
  for (const InventoryWorkload& workload : workloads_) {
    if (workload.principal.has_value() && workload.principal->principal() == principal) {
      return &workload;
    }
  }
  return nullptr;
}

}  // namespace firebreak::policy
