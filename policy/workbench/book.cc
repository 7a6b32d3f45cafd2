#include "policy/workbench/book.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "config/yaml_reader.h"
#include "policy/policy_compiler.h"
#include "policy/principal_groups.h"
#include "policy/read_policies.h"
#include "policy/workbench/flow_yaml.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kPolicyKind = "AuthorizationPolicy";
constexpr char kDryRun[] = "istio.io/dry-run";

// GroupsOf writes the groups of principals of all files one after another.
std::string GroupsOf(const std::vector<PolicyFile>& files) {
  std::string groups;
  config::Diagnostics ignored;
  for (const PolicyFile& file : files) {
    if (!absl::StrContains(file.text, kGroupKind)) continue;  // which the loader asks for, too
    const auto yaml = ParsePolicyFile(file, &ignored);
    for (size_t i = 0; yaml.has_value() && i < yaml->document_count(); ++i) {
      config::v1::PrincipalGroup group;
      if (yaml->TopLevelScalar(i, "kind") != kGroupKind) continue;
      if (!yaml->Read(i, &group, nullptr, &ignored)) continue;
      group.mutable_metadata()->clear_labels();
      group.mutable_metadata()->clear_annotations();
      absl::StrAppend(&groups, "---\n", FlowYaml(group), "\n");
    }
  }
  return groups;
}

// ReadDocuments takes the policies of a file that has loaded.
void ReadDocuments(const PolicyFile& file, size_t index,
                   const std::shared_ptr<const std::string>& groups,
                   std::vector<PolicyDocument>* documents) {
  config::Diagnostics ignored;  // the load has said it all
  const auto yaml = ParsePolicyFile(file, &ignored);
  if (!yaml.has_value()) return;
  for (size_t i = 0; i < yaml->document_count(); ++i) {
    if (yaml->TopLevelScalar(i, "kind") != kPolicyKind) continue;
    auto message = std::make_unique<config::v1::AuthorizationPolicy>();
    config::SourceMap map;
    if (!yaml->Read(i, message.get(), &map, &ignored)) continue;
    documents->emplace_back(index, std::move(message), std::move(map), groups);
  }
}

}  // namespace

PolicyDocument::PolicyDocument(size_t file, std::unique_ptr<const Message> message,
                               config::SourceMap map, std::shared_ptr<const std::string> groups)
    : file_(file), message_(std::move(message)), map_(std::move(map)), groups_(std::move(groups)) {}
PolicyDocument::PolicyDocument(PolicyDocument&&) noexcept = default;
PolicyDocument& PolicyDocument::operator=(PolicyDocument&&) noexcept = default;
PolicyDocument::~PolicyDocument() = default;

bool PolicyDocument::istio() const { return IsIstioApiVersion(message_->apiversion()); }
bool PolicyDocument::outbound() const { return message_->spec().direction() == "OUTBOUND"; }
bool PolicyDocument::deny() const { return message_->spec().action() == "DENY"; }

bool PolicyDocument::audit() const {
  const auto& annotations = message_->metadata().annotations();
  const auto dry_run = annotations.find(kDryRun);
  return message_->spec().mode() == "AUDIT" ||
         (dry_run != annotations.end() && dry_run->second == "true");
}

std::string PolicyDocument::name() const {
  const config::v1::PolicyMetadata& metadata = message_->metadata();
  if (!metadata.has_namespace_()) return metadata.name();
  return absl::StrCat(metadata.namespace_(), "/", metadata.name());
}

std::string PolicyDocument::rule_name(int rule) const {
  const config::v1::PolicyRule& written = message_->spec().rules(rule);
  return written.has_name() ? written.name() : absl::StrCat("rules[", rule, "]");
}

std::string PolicyDocument::Place(absl::string_view path) const {
  config::Diagnostics diagnostics;  // knows how columns are counted
  map_.Report(path, config::ErrorCode::kInvalidValue, "", "", &diagnostics);
  const config::Diagnostic& place = diagnostics.items().front();
  return absl::StrCat(place.file, ":", place.line, ":", place.column);
}

std::optional<PolicyBook> PolicyBook::Read(const std::vector<std::string>& paths,
                                           config::Diagnostics* diagnostics) {
  std::optional<std::vector<PolicyFile>> files = ReadPolicyFiles(paths, diagnostics);
  if (!files.has_value()) return std::nullopt;
  return Of(*std::move(files), diagnostics);
}

std::optional<PolicyBook> PolicyBook::Of(std::vector<PolicyFile> files,
                                         config::Diagnostics* diagnostics) {
  PolicyBook book;
  if (!CheckPolicyFiles(files, &book.counts_, diagnostics)) return std::nullopt;
  book.files_ = std::move(files);
  const auto groups = std::make_shared<const std::string>(GroupsOf(book.files_));
  for (size_t i = 0; i < book.files_.size(); ++i) {
    ReadDocuments(book.files_[i], i, groups, &book.documents_);
  }
  return book;
}

std::shared_ptr<const PolicySet> PolicyBook::For(const Workload& workload) const {
  std::vector<ReadPolicy> policies;
  for (const PolicyDocument& document : documents_) {
    if (Applies(document, workload)) policies.push_back({&document.message(), &document.map()});
  }
  const std::string groups = documents_.empty() ? "" : documents_.front().groups();
  auto policy = LoadReadPolicies(files_, groups, policies, workload);
  return policy != nullptr ? policy : std::make_shared<const PolicySet>();
}

bool PolicyBook::Applies(const PolicyDocument& document, const Workload& workload) {
  const config::v1::AuthorizationPolicy& message = document.message();
  CompiledPolicy about;
  about.policy_namespace = message.metadata().has_namespace_() ? message.metadata().namespace_()
                                                               : workload.workload_namespace;
  for (const auto& [label, value] : message.spec().selector().matchlabels()) {
    about.match_labels.emplace(label, value);
  }
  return about.AppliesTo(workload);
}

std::shared_ptr<const PolicySet> EnforceAlone(const PolicyDocument& document,
                                              const config::v1::PolicyRule& rule,
                                              const Workload& workload) {
  const config::v1::AuthorizationPolicy& whole = document.message();
  config::v1::AuthorizationPolicy alone;
  alone.set_apiversion(whole.apiversion());
  alone.set_kind(whole.kind());
  alone.mutable_metadata()->set_name("alone");
  if (whole.metadata().has_namespace_()) {
    alone.mutable_metadata()->set_namespace_(whole.metadata().namespace_());
  }
  if (whole.spec().has_direction()) alone.mutable_spec()->set_direction(whole.spec().direction());
  if (whole.spec().has_action()) alone.mutable_spec()->set_action(whole.spec().action());
  *alone.mutable_spec()->add_rules() = rule;
  alone.mutable_spec()->mutable_rules(0)->clear_name();
  config::Diagnostics diagnostics;
  // The loader's own way from text to rules: nothing is known twice.
  return LoadPolicyText("rule", absl::StrCat(document.groups(), "---\n", FlowYaml(alone), "\n"),
                        workload, &diagnostics);
}

}  // namespace firebreak::policy
