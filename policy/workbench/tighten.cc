#include "policy/workbench/tighten.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "policy/authorizer.h"
#include "policy/workbench/replay.h"
#include "policy/workbench/yaml_edit.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Workload WorkloadOf(const Traffic& traffic, const std::string& label) {
  Workload workload;
  workload.workload_namespace = traffic.workload_namespace;
  workload.labels = {{label, traffic.workload}};
  return workload;
}

// IsRecorded: a flow record holds what a condition looks at.
bool IsRecorded(const config::v1::PolicyCondition& condition) {
  return !absl::StartsWith(condition.key(), "request.headers[") &&
         condition.key() != "connection.sni" && condition.key() != "remote.ip";
}

// Recorded is rule without what it asks for and no flow record holds.
PolicyRule Recorded(const PolicyRule& rule) {
  PolicyRule recorded = rule;
  recorded.clear_when();
  for (const auto& condition : rule.when()) {
    if (IsRecorded(condition)) *recorded.add_when() = condition;
  }
  bool anybody = false;
  for (auto& from : *recorded.mutable_from()) {
    from.mutable_source()->clear_remoteipblocks();
    from.mutable_source()->clear_notremoteipblocks();
    anybody = anybody || from.source().ByteSizeLong() == 0;
  }
  // An entry that asks for nothing else is met by anybody.
  if (anybody) recorded.clear_from();
  return recorded;
}

// Finding looks at the rules of one document.
class Finding {
 public:
  Finding(const PolicyDocument& document, size_t index, const TrafficLog& log,
          const std::string& label, absl::Time since, std::vector<Unused>* unused)
      : document_(document), index_(index), since_(since), unused_(*unused) {
    for (const auto& [traffic, evidence] : log.questions()) {
      absl::Time last = std::max(evidence.carried.last, evidence.failed.last);
      if (last == absl::InfinitePast() || traffic.carries == Carries::kRequests) continue;
      Workload workload = WorkloadOf(traffic, label);
      if (!PolicyBook::Applies(document, workload)) continue;
      if ((traffic.direction == Direction::kOutbound) != document.outbound()) continue;
      uses_[{workload.workload_namespace, traffic.workload}].push_back({&traffic, &evidence, last});
      workloads_[{workload.workload_namespace, traffic.workload}] = std::move(workload);
    }
  }

  void Run() {
    for (int i = 0; i < document_.message().spec().rules_size(); ++i) {
      rule_ = i;
      const PolicyRule& rule = document_.message().spec().rules(i);
      const std::string path = absl::StrCat("spec.rules[", i, "]");
      if (Report(rule, path, "rule") || HasUseThatCannotBeAsked(rule)) continue;
      PolicyRule narrowed = rule;
      Descend(narrowed, &narrowed, path);
    }
  }

 private:
  struct Use {
    const Traffic* traffic;
    const Evidence* evidence;
    absl::Time last;
  };
  using Name = std::pair<std::string, std::string>;

  // LastNamed is when a record last named the rule that is looked at.
  absl::Time LastNamed(const Use& use) const;
  absl::Time LastNamed() const;
  // LastUse is when traffic was last seen that the rule, or what is left of it, allows.
  absl::Time LastUse(const PolicyRule& rule) const;
  bool HasUseThatCannotBeAsked(const PolicyRule& rule) const;
  bool Report(const PolicyRule& rule, const std::string& path, const std::string& grant);
  void Descend(const PolicyRule& rule, Message* within, const std::string& path);
  void TryEntries(const PolicyRule& rule, Message* within, const FieldDescriptor* field,
                  const std::string& path);

  const PolicyDocument& document_;
  const size_t index_;
  const absl::Time since_;
  std::vector<Unused>& unused_;
  std::map<Name, std::vector<Use>> uses_;
  std::map<Name, Workload> workloads_;
  int rule_ = 0;
};

absl::Time Finding::LastNamed(const Use& use) const {
  const std::string& name = document_.message().metadata().name();
  const bool has_namespace = document_.message().metadata().has_namespace_();
  const auto found = use.evidence->rules.find(
      {has_namespace ? document_.name() : absl::StrCat(use.traffic->workload_namespace, "/", name),
       document_.rule_name(rule_)});
  return found != use.evidence->rules.end() ? found->second : absl::InfinitePast();
}

absl::Time Finding::LastNamed() const {
  absl::Time last = absl::InfinitePast();
  for (const auto& [name, uses] : uses_) {
    for (const Use& use : uses) last = std::max(last, LastNamed(use));
  }
  return last;
}

absl::Time Finding::LastUse(const PolicyRule& rule) const {
  const PolicyRule recorded = Recorded(rule);
  const bool whole = recorded.ByteSizeLong() == rule.ByteSizeLong();
  absl::Time last = absl::InfinitePast();
  for (const auto& [name, uses] : uses_) {
    Authorizer alone(EnforceAlone(document_, recorded, workloads_.at(name)), /*id_seed=*/1);
    for (const Use& use : uses) {
      absl::Time at = use.last;
      if (!whole) {
        // Whether the rest of the rule held, only the record says, where it names a rule at all.
        const auto unnamed = use.evidence->rules.find(NamedRule());
        at = std::max(LastNamed(use), unnamed != use.evidence->rules.end() ? unnamed->second
                                                                           : absl::InfinitePast());
      }
      if (at <= last) continue;
      const auto decision = Decide(alone, *use.traffic, at);
      if (decision.ok() && decision->allowed) last = at;
    }
  }
  return last;
}

// HasUseThatCannotBeAsked: a record names the rule, and its question, as far as it is recorded,
// does not show why. Then nothing can be said of parts of the rule.
bool Finding::HasUseThatCannotBeAsked(const PolicyRule& rule) const {
  const PolicyRule recorded = Recorded(rule);
  for (const auto& [name, uses] : uses_) {
    Authorizer alone(EnforceAlone(document_, recorded, workloads_.at(name)), /*id_seed=*/1);
    for (const Use& use : uses) {
      const absl::Time named = LastNamed(use);
      if (named < since_) continue;
      const auto decision = Decide(alone, *use.traffic, named);
      if (!decision.ok() || !decision->allowed) return true;
    }
  }
  return false;
}

// Report adds what the rule, narrowed to one grant, stands for when it was not used; true then.
bool Finding::Report(const PolicyRule& rule, const std::string& path, const std::string& grant) {
  absl::Time last = LastUse(rule);
  if (grant == "rule") last = std::max(last, LastNamed());
  if (last >= since_) return false;
  Unused unused;
  unused.document = index_;
  unused.path = path;
  unused.policy = document_.name();
  unused.rule = document_.rule_name(rule_);
  unused.grant = grant;
  unused.place = document_.Place(path);
  if (last != absl::InfinitePast()) unused.last_used = last;
  unused_.push_back(std::move(unused));
  return true;
}

// IsGrant: lists that name what is allowed. What is excluded, and further conditions, are none.
bool IsGrant(const FieldDescriptor* field) {
  return field->is_repeated() && !absl::StartsWith(field->name(), "not") &&
         field->name() != "when" && field->name() != "weekly";
}

void Finding::Descend(const PolicyRule& rule, Message* within, const std::string& path) {
  std::vector<const FieldDescriptor*> fields;
  within->GetReflection()->ListFields(*within, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string below = absl::StrCat(path, ".", field->name());
    if (IsGrant(field)) {
      TryEntries(rule, within, field, below);
    } else if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Descend(rule, within->GetReflection()->MutableMessage(within, field), below);
    }
  }
}

// TryEntries leaves one entry of a list at a time in the rule, and looks whether that is used.
void Finding::TryEntries(const PolicyRule& rule, Message* within, const FieldDescriptor* field,
                         const std::string& path) {
  const auto* reflection = within->GetReflection();
  const int count = reflection->FieldSize(*within, field);
  const bool messages = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (!messages && (count == 1 || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING)) return;
  const std::unique_ptr<Message> all(within->New());
  all->CopyFrom(*within);
  for (int i = 0; i < count; ++i) {
    reflection->ClearField(within, field);
    const std::string entry = absl::StrCat(path, "[", i, "]");
    if (messages) {
      Message* only = reflection->AddMessage(within, field);
      only->CopyFrom(reflection->GetRepeatedMessage(*all, field, i));
      const bool unused = count > 1 && Report(rule, entry, absl::StrCat(field->name(), " entry"));
      if (!unused) Descend(rule, only, entry);
    } else {
      const std::string value = reflection->GetRepeatedString(*all, field, i);
      reflection->AddString(within, field, value);
      Report(rule, entry, absl::StrCat(field->name(), " ", value));
    }
  }
  within->CopyFrom(*all);
}

// Emptied says whether all rules of the document are among what was found.
bool Emptied(const PolicyDocument& document, const std::vector<Unused>& unused, size_t index) {
  int rules = 0;
  for (const Unused& item : unused) {
    if (item.document == index && item.grant == "rule") ++rules;
  }
  return rules == document.message().spec().rules_size();
}

absl::Status Verify(const std::vector<PolicyFile>& before, const std::vector<PolicyFile>& after,
                    const TrafficLog& log, const std::string& label, absl::Time since) {
  config::Diagnostics diagnostics;
  PolicyCounts counts;
  if (!CheckPolicyFiles(after, &counts, &diagnostics)) {
    return absl::InternalError(
        absl::StrCat("what is left does not load:\n", diagnostics.Format(/*color=*/false)));
  }
  FB_ASSIGN_OR_RETURN(const Replay replay, ReplayTraffic(log, before, after, label, log.last()));
  for (const Change& change : replay.changes) {
    const Evidence& evidence = log.questions().at(change.traffic);
    const bool used = std::max(evidence.carried.last, evidence.failed.last) >= since;
    if (used && change.traffic.carries != Carries::kRequests && !change.after.allowed) {
      return absl::InternalError(
          absl::StrCat("what is left would deny ", Describe(change.traffic)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Unused> FindUnused(const PolicyBook& book, const TrafficLog& log,
                               const std::string& label, absl::Time since) {
  std::vector<Unused> unused;
  for (size_t i = 0; i < book.documents().size(); ++i) {
    const PolicyDocument& document = book.documents()[i];
    if (document.deny() || document.audit()) continue;
    Finding(document, i, log, label, since, &unused).Run();
  }
  return unused;
}

absl::StatusOr<Tightening> Tighten(const PolicyBook& book, const std::vector<Unused>& unused,
                                   const TrafficLog& log, const std::string& label,
                                   absl::Time since) {
  Tightening result;
  std::vector<PolicyFile> after = book.files();
  std::map<size_t, std::vector<config::SourcePosition>> places;  // by file
  std::set<size_t> emptied;
  for (const Unused& item : unused) {
    const PolicyDocument& document = book.documents()[item.document];
    if (Emptied(document, unused, item.document)) {
      if (emptied.insert(item.document).second) {
        result.by_hand.push_back(
            absl::StrCat(item.place, ": policy ", item.policy, " grants nothing that was used"));
      }
      continue;
    }
    places[document.file()].push_back(document.map().Find(item.path));
  }
  for (const auto& [file, entries] : places) {
    const std::optional<std::string> text = RemoveEntries(after[file].text, entries);
    if (text.has_value()) {
      result.files.push_back({after[file].name, after[file].text, *text});
      after[file].text = *text;
    } else {
      result.by_hand.push_back(
          absl::StrCat(after[file].name, ": written in a way that cannot be edited safely"));
    }
  }
  FB_RETURN_IF_ERROR(Verify(book.files(), after, log, label, since));
  return result;
}

}  // namespace firebreak::policy
