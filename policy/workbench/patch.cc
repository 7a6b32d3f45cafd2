#include "policy/workbench/patch.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "policy/workbench/exact_rule.h"
#include "policy/workbench/flow_yaml.h"
#include "policy/workbench/unified_diff.h"
#include "policy/workbench/yaml_edit.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

using config::v1::AuthorizationPolicy;
using config::v1::PolicyRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Plan is a change that has not been tried: the text after it, and what must then be read in it.
struct Plan {
  size_t file = 0;
  std::optional<std::string> text;          // nullopt: no way was found to write it
  AuthorizationPolicy expected;             // the document that changes
  const PolicyDocument* changed = nullptr;  // null: expected is a new document, the last
  std::string summary;
  std::string wider;
};

// ListAt finds the list that path, such as "spec.rules[0].to[1].operation.grpc.methods", leads to.
struct ListAt {
  Message* owner = nullptr;
  const FieldDescriptor* field = nullptr;
};

ListAt FindList(absl::string_view path, Message* message) {
  ListAt at{message, nullptr};
  while (at.owner != nullptr) {
    const size_t dot = path.find('.');
    const absl::string_view step = path.substr(0, dot);
    const size_t bracket = step.find('[');
    at.field = at.owner->GetDescriptor()->FindFieldByName(std::string(step.substr(0, bracket)));
    if (at.field == nullptr || dot == absl::string_view::npos) break;
    const auto* reflection = at.owner->GetReflection();
    int index = 0;
    const bool indexed =
        bracket != absl::string_view::npos &&
        absl::SimpleAtoi(step.substr(bracket + 1, step.size() - bracket - 2), &index);
    at.owner = indexed ? reflection->MutableRepeatedMessage(at.owner, at.field, index)
                       : reflection->MutableMessage(at.owner, at.field);
    path.remove_prefix(dot + 1);
  }
  return at;
}

// ValueFor is the one value that makes a field match the question; "" where there is none that
// means no more than that.
std::string ValueFor(const FieldFailure& failure, const PolicyQuestion& question) {
  if (failure.negated || failure.expected.empty()) return "";
  const absl::string_view field = failure.field;
  const QuestionEnd& end =
      absl::StrContains(failure.path, ".destination.") ? question.destination : question.source;
  if (field == "principals" || field == "when source.principal") {
    return end.id.has_value() ? std::string(end.id->principal()) : "";
  }
  if (field == "ports" || field == "when destination.port") return absl::StrCat(question.port);
  if (!question.request.has_value()) return "";
  if (field == "hosts") return ExactHost(question);
  const bool by_value = field == "methods" || field == "paths" || absl::StartsWith(field, "grpc.");
  const bool header = absl::StartsWith(field, "when request.headers[");
  if (!by_value && !header) return "";
  // What stands in `got` is the value itself unless there is none, which is said with blanks.
  const bool words = absl::StrContains(failure.got, ' ') || absl::StrContains(failure.got, '|');
  return words ? "" : failure.got;
}

std::string RuleTitle(const PolicyDocument& document, int rule) {
  return absl::StrCat(document.name(), " ", document.rule_name(rule));
}

class PatchMaker {
 public:
  PatchMaker(const PolicyBook& book, const PolicyQuestion& question,
             const std::vector<NearMiss>& nearest)
      : book_(book), question_(question), nearest_(nearest) {}

  absl::StatusOr<Patch> Make(PatchStyle style) {
    if (style == PatchStyle::kSmallest) {
      for (const NearMiss& miss : nearest_) {
        for (auto plan : {&PatchMaker::ValuePlan, &PatchMaker::EntryPlan}) {
          if (std::optional<Patch> patch = Try((this->*plan)(miss))) return *std::move(patch);
        }
      }
    }
    for (const NearMiss& miss : nearest_) {
      if (std::optional<Patch> patch = Try(RulePlan(miss))) return *std::move(patch);
    }
    if (std::optional<Patch> patch = Try(DocumentPlan())) return *std::move(patch);
    return absl::NotFoundError(why_not_.empty() ? "no small change allows it" : why_not_);
  }

 private:
  // ValuePlan adds one value to the list that alone failed.
  std::optional<Plan> ValuePlan(const NearMiss& miss) {
    if (miss.failures.size() != 1) return std::nullopt;
    const FieldFailure& failure = miss.failures.front();
    const bool path = failure.field == "paths";
    const std::string got = ValueFor(failure, question_);
    const std::string value = path ? PathValue(got) : got;
    if (value.empty() || (!path && !IsLiteral(value))) return std::nullopt;
    Plan plan = Begin(*miss.document);
    const ListAt list = FindList(failure.path, &plan.expected);
    if (list.field == nullptr || !list.field->is_repeated()) return std::nullopt;
    list.owner->GetReflection()->AddString(list.owner, list.field, value);
    const std::string last = absl::StrCat(failure.path, "[", failure.expected.size() - 1, "]");
    const std::string quoted = YamlQuoted(value);
    plan.text = AppendEntry(TextOf(plan), miss.document->map().Find(last), {quoted, {quoted}});
    plan.summary = absl::StrCat("adds ", quoted, " to ", failure.field, " of ",
                                RuleTitle(*miss.document, miss.rule));
    plan.wider = Wider(miss);
    return plan;
  }

  // EntryPlan adds an entry to from or to, when all that failed stands in one of them.
  std::optional<Plan> EntryPlan(const NearMiss& miss) {
    const auto all_in = [&miss](absl::string_view list) {
      return !miss.failures.empty() &&
             std::all_of(miss.failures.begin(), miss.failures.end(),
                         [list](const FieldFailure& f) { return absl::StrContains(f.path, list); });
    };
    const bool from = all_in(".from[");
    if (!from && !all_in(".to[")) return std::nullopt;
    Plan plan = Begin(*miss.document);
    PolicyRule* rule = plan.expected.mutable_spec()->mutable_rules(miss.rule);
    const Message* added = nullptr;
    if (from) {
      added = Keep(ExactFrom(question_), [rule] { return rule->add_from(); });
    } else {
      added = Keep(ExactTo(question_, NamesHosts(miss)), [rule] { return rule->add_to(); });
    }
    if (added == nullptr) return std::nullopt;
    const int last = (from ? rule->from_size() : rule->to_size()) - 2;
    const std::string path =
        absl::StrCat("spec.rules[", miss.rule, from ? "].from[" : "].to[", last, "]");
    plan.text = AppendEntry(TextOf(plan), miss.document->map().Find(path),
                            {FlowYaml(*added), BlockYaml(*added)});
    plan.summary = absl::StrCat("adds an entry to ", from ? "from" : "to", " of ",
                                RuleTitle(*miss.document, miss.rule));
    plan.wider = Wider(miss);
    return plan;
  }

  // RulePlan adds a rule to the policy of a near miss.
  std::optional<Plan> RulePlan(const NearMiss& miss) {
    Plan plan = Begin(*miss.document);
    PolicyRule* rule = plan.expected.mutable_spec()->add_rules();
    const absl::Status filled = FillRule(rule, &miss);
    if (!filled.ok()) return std::nullopt;
    if (!miss.document->istio()) rule->set_name(UnusedRuleName(plan.expected));
    const std::string last =
        absl::StrCat("spec.rules[", plan.expected.spec().rules_size() - 2, "]");
    plan.text = AppendEntry(TextOf(plan), miss.document->map().Find(last),
                            {FlowYaml(*rule), BlockYaml(*rule)});
    plan.summary = absl::StrCat("adds a rule to ", miss.document->name());
    plan.wider = WiderByAddress();
    return plan;
  }

  // DocumentPlan adds a policy, behind the first that is about this workload or else the first.
  std::optional<Plan> DocumentPlan() {
    if (book_.files().empty()) return std::nullopt;
    Plan plan;
    for (const PolicyDocument& document : book_.documents()) {
      if (!PolicyBook::Applies(document, question_.workload)) continue;
      plan.file = document.file();
      break;
    }
    const Workload& workload = question_.workload;
    AuthorizationPolicy& policy = plan.expected;
    policy.set_apiversion("firebreak.dev/v1");
    policy.set_kind("AuthorizationPolicy");
    if (!workload.workload_namespace.empty()) {
      policy.mutable_metadata()->set_namespace_(workload.workload_namespace);
    }
    policy.mutable_metadata()->set_name(UnusedPolicyName());
    auto& labels = *policy.mutable_spec()->mutable_selector()->mutable_matchlabels();
    for (const auto& [label, value] : workload.labels) labels[label] = value;
    if (labels.empty()) policy.mutable_spec()->clear_selector();
    if (question_.direction == Direction::kOutbound) {
      policy.mutable_spec()->set_direction("OUTBOUND");
    }
    policy.mutable_spec()->set_action("ALLOW");
    PolicyRule* rule = policy.mutable_spec()->add_rules();
    if (const absl::Status filled = FillRule(rule, nullptr); !filled.ok()) return std::nullopt;
    rule->set_name(UnusedRuleName(AuthorizationPolicy()));
    plan.text = AppendDocument(TextOf(plan), DocumentText(policy));
    plan.summary = absl::StrCat("adds policy ", policy.metadata().name());
    plan.wider = WiderByAddress();
    return plan;
  }

  std::string DocumentText(const AuthorizationPolicy& policy) const {
    std::string metadata = absl::StrCat("name: ", policy.metadata().name());
    if (policy.metadata().has_namespace_()) {
      absl::StrAppend(&metadata, ", namespace: ", YamlScalar(policy.metadata().namespace_()));
    }
    std::string text =
        absl::StrCat("apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {",
                     metadata, "}\nspec:\n");
    if (!question_.workload.labels.empty()) {
      std::vector<std::string> labels;
      for (const auto& [label, value] : question_.workload.labels) {
        labels.push_back(absl::StrCat(YamlScalar(label), ": ", YamlScalar(value)));
      }
      absl::StrAppend(&text, "  selector: {matchLabels: {", absl::StrJoin(labels, ", "), "}}\n");
    }
    if (policy.spec().has_direction()) absl::StrAppend(&text, "  direction: OUTBOUND\n");
    absl::StrAppend(&text, "  action: ALLOW\n  rules:\n");
    const std::vector<std::string> lines = BlockYaml(policy.spec().rules(0));
    for (size_t i = 0; i < lines.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "  - " : "    ", lines[i], "\n");
    }
    return text;
  }

  // Keep stores a part that could be made in the message that add gives; null: it could not.
  template <typename Part, typename Add>
  const Message* Keep(absl::StatusOr<Part> part, const Add& add) {
    if (!part.ok()) {
      why_not_ = std::string(part.status().message());
      return nullptr;
    }
    Part* added = add();
    *added = *std::move(part);
    return added;
  }

  absl::Status FillRule(PolicyRule* rule, const NearMiss* miss) {
    if (question_.direction == Direction::kInbound &&
        Keep(ExactFrom(question_), [rule] { return rule->add_from(); }) == nullptr) {
      return absl::FailedPreconditionError(why_not_);
    }
    const bool by_host = miss != nullptr && NamesHosts(*miss);
    if (Keep(ExactTo(question_, by_host), [rule] { return rule->add_to(); }) == nullptr) {
      return absl::FailedPreconditionError(why_not_);
    }
    if (miss != nullptr) CopyHeaders(*miss, rule);
    return absl::OkStatus();
  }

  // CopyHeaders: where the near miss asks for a header and the question has it, so does the rule.
  void CopyHeaders(const NearMiss& miss, PolicyRule* rule) const {
    constexpr absl::string_view kKey = "request.headers[";
    if (!question_.request.has_value()) return;
    for (const auto& condition : miss.document->message().spec().rules(miss.rule).when()) {
      absl::string_view name(condition.key());
      if (!absl::ConsumePrefix(&name, kKey) || !absl::ConsumeSuffix(&name, "]")) continue;
      const auto value = question_.request->headers.Get(absl::AsciiStrToLower(name));
      if (!value.has_value() || !IsLiteral(*value) || absl::StrContains(*value, ',')) continue;
      config::v1::PolicyCondition* copy = rule->add_when();
      copy->set_key(condition.key());
      copy->add_values(std::string(*value));
    }
  }

  static bool NamesHosts(const NearMiss& miss) {
    const auto& rule = miss.document->message().spec().rules(miss.rule);
    return std::any_of(rule.to().begin(), rule.to().end(), [](const config::v1::PolicyTo& to) {
      return to.operation().hosts_size() + to.operation().nothosts_size() > 0;
    });
  }

  std::string CallerName() const {
    const auto& id = question_.source.id;
    if (id.has_value() && !id->service_account().empty()) return std::string(id->service_account());
    return "caller";
  }

  std::string UnusedRuleName(const AuthorizationPolicy& policy) const {
    const auto& rules = policy.spec().rules();
    return Unused(absl::StrCat("allow-", CallerName()), [&rules](const std::string& name) {
      return std::any_of(rules.begin(), rules.end(),
                         [&name](const PolicyRule& rule) { return rule.name() == name; });
    });
  }

  std::string UnusedPolicyName() const {
    return Unused(absl::StrCat("allow-", CallerName()), [this](const std::string& name) {
      return std::any_of(book_.documents().begin(), book_.documents().end(),
                         [&name](const PolicyDocument& document) {
                           return document.message().metadata().name() == name;
                         });
    });
  }

  static std::string Unused(const std::string& base,
                            const std::function<bool(const std::string&)>& used) {
    std::string name = base;
    for (int i = 2; used(name); ++i) name = absl::StrCat(base, "-", i);
    return name;
  }

  // Wider says for what else of the rule an added value holds; "" where the rule says nothing but
  // this question.
  std::string Wider(const NearMiss& miss) const {
    const PolicyRule& rule = miss.document->message().spec().rules(miss.rule);
    const absl::StatusOr<config::v1::PolicyTo> exact = ExactTo(question_, NamesHosts(miss));
    const absl::string_view failed = miss.failures.front().path;
    const bool by_from = absl::StrContains(failed, ".from[");
    if (by_from) {
      const bool only = rule.to_size() == 1 && exact.ok() &&
                        google::protobuf::util::MessageDifferencer::Equals(rule.to(0), *exact);
      return only ? "" : "it then holds for everything that this rule lets others do";
    }
    return absl::StrContains(failed, ".to[")
               ? "it then holds together with all other values of this rule"
               : "it then holds for everything else that this rule says";
  }

  // WiderByAddress: the language cannot say "without identity".
  std::string WiderByAddress() const {
    const bool by_address =
        question_.direction == Direction::kInbound && !question_.source.id.has_value();
    return by_address ? "it then holds for whoever has this address, with or without identity" : "";
  }

  Plan Begin(const PolicyDocument& document) const {
    Plan plan;
    plan.file = document.file();
    plan.expected = document.message();
    plan.changed = &document;
    return plan;
  }

  const std::string& TextOf(const Plan& plan) const { return book_.files()[plan.file].text; }

  // Try holds a plan to the engine; nullopt: it is not what it should be.
  std::optional<Patch> Try(std::optional<Plan> plan) {
    if (!plan.has_value() || !plan->text.has_value()) return std::nullopt;
    std::vector<PolicyFile> files = book_.files();
    files[plan->file].text = *plan->text;
    config::Diagnostics diagnostics;
    const std::optional<PolicyBook> patched = PolicyBook::Of(files, &diagnostics);
    if (!patched.has_value() || !ReadsAsPlanned(*plan, *patched)) return std::nullopt;
    if (!Ask(patched->For(question_.workload), question_).allowed) return std::nullopt;
    const PolicyFile& before = book_.files()[plan->file];
    return Patch{plan->summary, before.name, UnifiedDiff(before.name, before.text, *plan->text),
                 std::move(files), plan->wider};
  }

  // ReadsAsPlanned: every document reads as it did, but for the one that was to change.
  bool ReadsAsPlanned(const Plan& plan, const PolicyBook& patched) const {
    const auto& before = book_.documents();
    const auto& after = patched.documents();
    size_t at = 0;
    bool added = false;
    for (const PolicyDocument& now : after) {
      if (at < before.size() && before[at].file() == now.file()) {
        const AuthorizationPolicy& wanted =
            &before[at] == plan.changed ? plan.expected : before[at].message();
        if (!google::protobuf::util::MessageDifferencer::Equals(wanted, now.message()))
          return false;
        ++at;
      } else {
        const bool new_one =
            plan.changed == nullptr && !added && now.file() == plan.file &&
            google::protobuf::util::MessageDifferencer::Equals(plan.expected, now.message());
        if (!new_one) return false;
        added = true;
      }
    }
    return at == before.size() && added == (plan.changed == nullptr);
  }

  const PolicyBook& book_;
  const PolicyQuestion& question_;
  const std::vector<NearMiss>& nearest_;
  std::string why_not_;
};

}  // namespace

absl::StatusOr<Patch> SmallestPatch(const PolicyBook& book, const PolicyQuestion& question,
                                    const std::vector<NearMiss>& nearest, PatchStyle style) {
  return PatchMaker(book, question, nearest).Make(style);
}

}  // namespace firebreak::policy
