#include "policy/loader.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/file_text.h"
#include "config/policy.pb.h"
#include "config/source_map.h"
#include "config/yaml_files.h"
#include "config/yaml_reader.h"
#include "policy/policy_compiler.h"
#include "policy/principal_groups.h"
#include "policy/read_policies.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

// Over all files. A rule takes around half a kilobyte.
constexpr size_t kMaxRules = 500'000;
constexpr absl::string_view kKind = "AuthorizationPolicy";
// A worker asks each different window when validities change, and has half a millisecond for it.
constexpr size_t kMaxWindows = 128;

// Fingerprint is 64-bit FNV-1a: the same on every machine, and no more than a name for a text.
class Fingerprint {
 public:
  void Add(absl::string_view text) {
    for (const char c : text) AddByte(static_cast<uint8_t>(c));
    AddByte(0xff);  // in no UTF-8: "ab" + "c" is not "a" + "bc"
  }
  std::string ToString() const { return absl::StrCat(absl::Hex(hash_, absl::kZeroPad16)); }

 private:
  void AddByte(uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; }

  uint64_t hash_ = 0xcbf29ce484222325;
};

// PolicyLoading is one load: files go in, a PolicySet comes out.
class PolicyLoading {
 public:
  // workload null: the policies of all workloads.
  PolicyLoading(const Workload* workload, UseCounts* uses, config::Diagnostics* diagnostics)
      : workload_(workload),
        diagnostics_(*diagnostics),
        errors_before_(diagnostics->error_count()) {
    state_.groups = &groups_;
    state_.uses = uses != nullptr ? uses : &own_uses_;
  }

  void Add(const std::vector<PolicyFile>& files) {
    // Groups first: policies may stand before them.
    for (const PolicyFile& file : files) AddGroups(file);
    for (const PolicyFile& file : files) AddPolicies(file);
  }
  void AddRead(const std::vector<PolicyFile>& files, const std::string& groups,
               absl::Span<const ReadPolicy> policies);
  // Finish returns null when anything was reported as an error.
  std::shared_ptr<const PolicySet> Finish();

 private:
  void AddGroups(const PolicyFile& file);
  void AddPolicies(const PolicyFile& file);
  void AddDocument(const config::YamlFile& file, size_t index);
  CompiledPolicy Compile(const config::v1::AuthorizationPolicy& document, const Scope& scope);
  std::string DefaultNamespace() const;
  bool CheckKind(const config::YamlFile& file, size_t index);
  void CheckUnique(const CompiledPolicy& policy, const Scope& name);
  void Keep(CompiledPolicy policy);

  const Workload* workload_;
  config::Diagnostics& diagnostics_;
  const int errors_before_;  // the caller's own
  PolicySet::Contents contents_;
  Fingerprint fingerprint_;
  absl::flat_hash_map<std::string, std::string> seen_;  // namespace/name -> file:line
  PrincipalGroups groups_;
  UseCounts own_uses_;
  LoadState state_;
  size_t documents_ = 0;
  size_t all_rules_ = 0;
  bool has_allow_ = false;                  // an enforced policy, whomever it protects
  std::optional<config::SourceMap> istio_;  // of the first of Istio's
};

// ForEachFile calls visit(name, text) with each file that a path stands for. What cannot be read
// is reported.
template <typename Visit>
void ForEachFile(const std::string& path, config::Diagnostics* diagnostics, const Visit& visit) {
  const auto files = config::YamlFilesOf(path, diagnostics);
  if (!files.has_value()) return;
  if (files->empty()) {
    diagnostics->Warning(ErrorCode::kPolicyNoFiles, path,
                         "no *.yaml or *.yml in this folder, so it allows nothing");
  }
  for (const std::string& file : *files) {
    std::optional<std::string> text = config::ReadFileText(file, diagnostics);
    if (text.has_value()) visit(file, *std::move(text));
  }
}

std::vector<PolicyFile> ReadFiles(const std::vector<std::string>& paths,
                                  config::Diagnostics* diagnostics) {
  std::vector<PolicyFile> files;
  for (const std::string& path : paths) {
    ForEachFile(path, diagnostics, [&files](const std::string& name, std::string text) {
      files.push_back({name, std::move(text)});
    });
  }
  return files;
}

std::string PolicyLoading::DefaultNamespace() const {
  return workload_ != nullptr ? workload_->workload_namespace : kDefaultNamespace;
}

// AddGroups looks into files that may hold groups, which are few. What is no YAML is reported by
// AddPolicies.
void PolicyLoading::AddGroups(const PolicyFile& file) {
  if (!absl::StrContains(file.text, kGroupKind)) return;
  config::Diagnostics ignored;
  const std::optional<config::YamlFile> yaml = ParsePolicyFile(file, &ignored);
  if (!yaml.has_value()) return;
  for (size_t i = 0; i < yaml->document_count(); ++i) {
    if (yaml->TopLevelScalar(i, "kind") != kGroupKind) continue;
    config::v1::PrincipalGroup document;
    config::SourceMap map;
    if (!yaml->Read(i, &document, &map, &diagnostics_)) continue;
    const Scope scope(map, diagnostics_);
    if (document.apiversion() != kFirebreakApiVersion) {
      scope.Field("apiVersion")
          .Error(ErrorCode::kPolicyKind, "the apiVersion of a group is firebreak.dev/v1");
    }
    groups_.Add(document, DefaultNamespace(), scope);
  }
}

void PolicyLoading::AddPolicies(const PolicyFile& file) {
  fingerprint_.Add(file.text);
  const std::optional<config::YamlFile> yaml = ParsePolicyFile(file, &diagnostics_);
  if (!yaml.has_value()) return;
  if (yaml->document_count() == 0) {
    diagnostics_.Warning(ErrorCode::kFileEmpty, file.name, "no policy in this file");
  }
  for (size_t i = 0; i < yaml->document_count(); ++i) {
    if (yaml->TopLevelScalar(i, "kind") != kGroupKind) {
      AddDocument(*yaml, i);
    } else if (!absl::StrContains(file.text, kGroupKind)) {
      // AddGroups has passed it by.
      yaml->Report(i, ErrorCode::kPolicyKind, "write PrincipalGroup without escapes", "",
                   &diagnostics_);
    }
  }
}

bool PolicyLoading::CheckKind(const config::YamlFile& file, size_t index) {
  const std::optional<std::string> kind = file.TopLevelScalar(index, "kind");
  if (kind != kKind) {
    file.Report(index, ErrorCode::kPolicyKind,
                kind ? absl::StrCat("kind \"", *kind, "\" is no ", kKind) : "\"kind\" is missing",
                kind == "List"
                    ? "a List holds apiVersion, kind, metadata and items, and no other List"
                    : "a policy file holds documents of kind AuthorizationPolicy and "
                      "PrincipalGroup",
                &diagnostics_);
    return false;
  }
  const std::optional<std::string> version = file.TopLevelScalar(index, "apiVersion");
  if (version != kFirebreakApiVersion && !IsIstioApiVersion(version.value_or(""))) {
    file.Report(index, ErrorCode::kPolicyKind,
                version ? absl::StrCat("apiVersion \"", *version, "\" is not supported")
                        : "\"apiVersion\" is missing",
                "one of firebreak.dev/v1, security.istio.io/v1, security.istio.io/v1beta1",
                &diagnostics_);
    return false;
  }
  return true;
}

void PolicyLoading::AddDocument(const config::YamlFile& file, size_t index) {
  ++documents_;
  if (!CheckKind(file, index)) return;
  config::v1::AuthorizationPolicy document;
  config::SourceMap map;
  if (!file.Read(index, &document, &map, &diagnostics_)) return;

  const Scope scope(map, diagnostics_);
  CompiledPolicy policy = Compile(document, scope);
  if (IsIstioApiVersion(document.apiversion()) && !istio_.has_value()) istio_ = map;
  all_rules_ += policy.rules.size();
  if (all_rules_ > kMaxRules) {
    file.Report(index, ErrorCode::kPolicyTooLarge, absl::StrCat("more than ", kMaxRules, " rules"),
                "", &diagnostics_);
    return;
  }
  if (workload_ == nullptr || policy.AppliesTo(*workload_)) Keep(std::move(policy));
}

CompiledPolicy PolicyLoading::Compile(const config::v1::AuthorizationPolicy& document,
                                      const Scope& scope) {
  CompiledPolicy policy = CompilePolicy(document, workload_, scope, &state_);
  has_allow_ = has_allow_ || (policy.action == Action::kAllow && !policy.audit);
  CheckUnique(policy, scope.Field("metadata").Field("name"));
  return policy;
}

void PolicyLoading::AddRead(const std::vector<PolicyFile>& files, const std::string& groups,
                            absl::Span<const ReadPolicy> policies) {
  for (const PolicyFile& file : files) fingerprint_.Add(file.text);
  AddGroups({"groups", groups});
  for (const ReadPolicy& read : policies) {
    CompiledPolicy policy = Compile(*read.document, Scope(*read.map, diagnostics_));
    if (policy.AppliesTo(*workload_)) Keep(std::move(policy));
  }
}

void PolicyLoading::CheckUnique(const CompiledPolicy& policy, const Scope& name) {
  const auto [entry, added] =
      seen_.emplace(absl::StrCat(policy.policy_namespace, "/", policy.name), name.file_and_line());
  if (added) return;
  name.Error(ErrorCode::kPolicyDuplicate,
             absl::StrCat("policy ", entry->first, " is already defined at ", entry->second));
}

void PolicyLoading::Keep(CompiledPolicy policy) {
  ++contents_.policy_count;
  contents_.rule_count += policy.rules.size();
  RuleTable& table =
      policy.direction == Direction::kInbound ? contents_.inbound : contents_.outbound;
  const bool deny = policy.action == Action::kDeny;
  std::vector<Rule>& enforced = deny ? table.deny : table.allow;
  std::vector<Rule>& audited = deny ? table.audit_deny : table.audit_allow;
  for (const Rule& rule : policy.rules) {
    if (rule.validity != nullptr) contents_.edges.Add(*rule.validity);
  }
  const auto append = [](std::vector<Rule>& rules, std::vector<Rule>& list) {
    std::move(rules.begin(), rules.end(), std::back_inserter(list));
  };
  append(policy.rules, policy.audit ? audited : enforced);
  append(policy.rules_for_the_rest, audited);
}

std::shared_ptr<const PolicySet> PolicyLoading::Finish() {
  if (contents_.edges.windows() > kMaxWindows) {
    diagnostics_.Error(ErrorCode::kPolicyTooLarge, "policy",
                       absl::StrCat("more than ", kMaxWindows, " different weekly windows"));
  }
  if (diagnostics_.error_count() > errors_before_) return nullptr;
  if (istio_.has_value() && !has_allow_) {
    istio_->Warn("apiVersion", ErrorCode::kPolicyIstioDefault,
                 "without an ALLOW policy everything is denied here, unlike in Istio", "",
                 &diagnostics_);
  }
  if (documents_ > 0 && contents_.policy_count == 0) {
    diagnostics_.Warning(ErrorCode::kPolicyNeverMatches, "policy",
                         "no policy applies to this workload, so everything is denied",
                         "compare metadata.namespace and spec.selector with the node's namespace "
                         "and labels");
  }
  contents_.revision = fingerprint_.ToString();
  contents_.edges.Settle();
  state_.uses->Prune();
  return std::make_shared<const PolicySet>(std::move(contents_));
}

bool CheckFiles(const std::vector<PolicyFile>& files, PolicyLoading* loading,
                PolicyCounts* counts) {
  loading->Add(files);
  const std::shared_ptr<const PolicySet> all = loading->Finish();
  if (all == nullptr) return false;
  *counts = PolicyCounts{all->policy_count(), all->rule_count()};
  return true;
}

}  // namespace

std::optional<config::YamlFile> ParsePolicyFile(const PolicyFile& file,
                                                config::Diagnostics* diagnostics) {
  auto yaml = config::YamlFile::Parse(file.name, file.text, diagnostics);
  if (yaml.has_value() && !yaml->OpenLists(diagnostics)) return std::nullopt;
  return yaml;
}

std::shared_ptr<const PolicySet> LoadPolicy(const std::vector<std::string>& paths,
                                            const Workload& workload,
                                            config::Diagnostics* diagnostics, UseCounts* uses) {
  // Before the files are read: what cannot be read refuses the load.
  PolicyLoading loading(&workload, uses, diagnostics);
  loading.Add(ReadFiles(paths, diagnostics));
  return loading.Finish();
}

std::shared_ptr<const PolicySet> LoadPolicyText(absl::string_view file_name, absl::string_view text,
                                                const Workload& workload,
                                                config::Diagnostics* diagnostics, UseCounts* uses) {
  PolicyLoading loading(&workload, uses, diagnostics);
  loading.Add({{std::string(file_name), std::string(text)}});
  return loading.Finish();
}

std::optional<std::vector<PolicyFile>> ReadPolicyFiles(const std::vector<std::string>& paths,
                                                       config::Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  std::vector<PolicyFile> files = ReadFiles(paths, diagnostics);
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return files;
}

std::shared_ptr<const PolicySet> LoadPolicyFiles(const std::vector<PolicyFile>& files,
                                                 const Workload& workload,
                                                 config::Diagnostics* diagnostics) {
  PolicyLoading loading(&workload, nullptr, diagnostics);
  loading.Add(files);
  return loading.Finish();
}

std::shared_ptr<const PolicySet> LoadReadPolicies(const std::vector<PolicyFile>& files,
                                                  const std::string& groups,
                                                  absl::Span<const ReadPolicy> policies,
                                                  const Workload& workload) {
  config::Diagnostics diagnostics;  // the same as when the files were loaded
  PolicyLoading loading(&workload, nullptr, &diagnostics);
  loading.AddRead(files, groups, policies);
  return loading.Finish();
}

bool CheckPolicyFiles(const std::vector<PolicyFile>& files, PolicyCounts* counts,
                      config::Diagnostics* diagnostics) {
  PolicyLoading loading(nullptr, nullptr, diagnostics);
  return CheckFiles(files, &loading, counts);
}

}  // namespace firebreak::policy
