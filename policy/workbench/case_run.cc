#include "policy/workbench/case_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "config/diagnostics.h"
#include "config/did_you_mean.h"
#include "config/file_text.h"
#include "config/policy.pb.h"
#include "config/question.pb.h"
#include "config/yaml_reader.h"
#include "policy/workbench/explanation.h"
#include "policy/workbench/question_reader.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

// QuestionPart is what a case has of a question.
config::v1::Question QuestionPart(const config::v1::PolicyCase& written) {
  config::v1::Question question;
  if (written.has_from()) *question.mutable_from() = written.from();
  if (written.has_to()) *question.mutable_to() = written.to();
  if (written.has_direction()) question.set_direction(written.direction());
  if (written.has_protocol()) question.set_protocol(written.protocol());
  if (written.has_request()) *question.mutable_request() = written.request();
  if (written.has_at()) *question.mutable_at() = written.at();
  if (written.has_remote_ip()) question.set_remote_ip(written.remote_ip());
  if (written.has_sni()) question.set_sni(written.sni());
  return question;
}

// CaseReader reads the cases of one file.
class CaseReader {
 public:
  CaseReader(const Inventory& inventory, absl::Time now) : inventory_(inventory), now_(now) {}

  std::optional<PolicyCase> Read(const config::v1::PolicyCase& written, const Scope& scope) {
    PolicyCase read;
    read.name = written.name();
    if (read.name.empty()) {
      scope.Error(ErrorCode::kQuestionValue, "a case needs a name");
      return std::nullopt;
    }
    if (!names_.insert(read.name).second) {
      scope.Field("name").Error(ErrorCode::kQuestionValue, "another case has this name");
      return std::nullopt;
    }
    if (!Word(written.expect(), {"ALLOW", "DENY"}, "expect", scope)) return std::nullopt;
    read.allow = written.expect() == "ALLOW";
    if (written.has_reason() &&
        !Word(written.reason(), {"NO_RULE", "EXPLICIT_DENY", "EXPIRED_GRANT"}, "reason", scope)) {
      return std::nullopt;
    }
    if (written.has_reason() && read.allow) {
      scope.Field("reason").Error(ErrorCode::kQuestionValue, "only a refusal has a reason");
      return std::nullopt;
    }
    read.reason = written.reason();
    read.policy = written.policy();
    read.rule = written.rule();
    read.place = scope.file_and_line();
    std::optional<PolicyQuestion> question =
        ToQuestion(QuestionPart(written), inventory_, now_, scope);
    if (!question.has_value()) return std::nullopt;
    read.question = *std::move(question);
    return read;
  }

 private:
  static bool Word(absl::string_view word, const std::vector<absl::string_view>& words,
                   absl::string_view field, const Scope& scope) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return true;
    std::string hint = config::DidYouMean(word, words);
    if (hint.empty()) hint = absl::StrCat("one of ", absl::StrJoin(words, ", "));
    scope.Field(field).Error(ErrorCode::kQuestionValue,
                             word.empty() ? absl::StrCat("a case needs \"", field, "\"")
                                          : absl::StrCat("\"", word, "\" is no ", field, " here"),
                             hint);
    return false;
  }

  const Inventory& inventory_;
  const absl::Time now_;
  absl::flat_hash_set<std::string> names_;
};

// WrongWith is what is wrong with a decision; "" is nothing.
std::string WrongWith(const PolicyCase& wanted, const Decision& decision, const PolicyBook& book) {
  if (wanted.allow != decision.allowed) {
    return absl::StrCat("expected ", wanted.allow ? "ALLOW" : "DENY", ", got ",
                        decision.allowed ? "ALLOW" : "DENY", ": ",
                        ShortWhy(book, wanted.question, decision));
  }
  if (!wanted.reason.empty() && wanted.reason != ReasonName(decision.reason)) {
    return absl::StrCat("expected reason ", wanted.reason, ", got ",
                        ShortWhy(book, wanted.question, decision));
  }
  const RuleRef nobody;
  const RuleRef& rule = decision.rule != nullptr ? *decision.rule : nobody;
  const std::string full = absl::StrCat(rule.policy_namespace, "/", rule.policy);
  const bool other_policy =
      !wanted.policy.empty() && wanted.policy != rule.policy && wanted.policy != full;
  const bool other_rule = !wanted.rule.empty() && wanted.rule != rule.rule;
  if (!other_policy && !other_rule) return "";
  return absl::StrCat(
      "expected ", wanted.policy.empty() ? "rule" : wanted.policy, wanted.rule.empty() ? "" : " ",
      wanted.rule, ", decided by ",
      decision.rule == nullptr ? "no rule" : ShortWhy(book, wanted.question, decision));
}

std::string KeyOf(absl::string_view source, absl::string_view policy, absl::string_view rule) {
  return absl::StrCat(source, "\n", policy, "\n", rule);
}

// CoverageCount finds the rules of the book by what a decision says of them.
class CoverageCount {
 public:
  explicit CoverageCount(const PolicyBook& book) {
    for (const PolicyDocument& document : book.documents()) {
      for (int i = 0; i < document.message().spec().rules_size(); ++i) {
        const std::string path = absl::StrCat("spec.rules[", i, "]");
        const std::string source =
            absl::StrCat(document.map().file(), ":", document.map().Find(path).line + 1);
        by_key_.emplace(KeyOf(source, document.message().metadata().name(), document.rule_name(i)),
                        rules_.size());
        rules_.push_back({document.name(), document.rule_name(i), document.Place(path), 0});
      }
    }
  }

  void Add(const std::shared_ptr<const RuleRef>& rule) {
    if (rule == nullptr) return;
    const auto found = by_key_.find(KeyOf(rule->source, rule->policy, rule->rule));
    if (found != by_key_.end()) ++rules_[found->second].decided;
  }

  std::vector<RuleCoverage> Take() { return std::move(rules_); }

 private:
  std::vector<RuleCoverage> rules_;
  absl::flat_hash_map<std::string, size_t> by_key_;
};

}  // namespace

std::optional<std::vector<PolicyCase>> ReadCases(const std::string& path, Inventory inventory,
                                                 absl::Time now, config::Diagnostics* diagnostics) {
  const std::optional<std::string> text = config::ReadFileText(path, diagnostics);
  if (!text.has_value()) return std::nullopt;
  return ParseCases(path, *text, std::move(inventory), now, diagnostics);
}

std::optional<std::vector<PolicyCase>> ParseCases(const std::string& name, const std::string& text,
                                                  Inventory inventory, absl::Time now,
                                                  config::Diagnostics* diagnostics) {
  config::v1::PolicyCases file;
  config::SourceMap map;
  if (!config::ReadYaml(name, text, &file, &map, diagnostics)) return std::nullopt;
  const int errors_before = diagnostics->error_count();
  const Scope scope(map, *diagnostics);
  for (int i = 0; i < file.workloads_size(); ++i) {
    inventory.Add(file.workloads(i), scope.Field("workloads").Entry(static_cast<size_t>(i)));
  }
  if (file.cases().empty()) {
    scope.Error(ErrorCode::kQuestionValue, "there are no cases in this file");
  }
  CaseReader reader(inventory, now);
  std::vector<PolicyCase> cases;
  for (int i = 0; i < file.cases_size(); ++i) {
    std::optional<PolicyCase> read =
        reader.Read(file.cases(i), scope.Field("cases").Entry(static_cast<size_t>(i)));
    if (read.has_value()) cases.push_back(*std::move(read));
  }
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return cases;
}

size_t CaseRun::covered() const {
  return static_cast<size_t>(std::count_if(
      rules.begin(), rules.end(), [](const RuleCoverage& rule) { return rule.decided > 0; }));
}

double CaseRun::coverage_percent() const {
  if (rules.empty()) return 100;
  return 100.0 * static_cast<double>(covered()) / static_cast<double>(rules.size());
}

CaseRun RunCases(const PolicyBook& book, const std::vector<PolicyCase>& cases) {
  using Key = std::pair<std::string, std::map<std::string, std::string>>;
  std::map<Key, std::shared_ptr<const PolicySet>> policies;
  CoverageCount coverage(book);
  CaseRun run;
  for (const PolicyCase& wanted : cases) {
    const Workload& workload = wanted.question.workload;
    auto& policy = policies[{workload.workload_namespace, workload.labels}];
    if (policy == nullptr) policy = book.For(workload);
    CaseResult result;
    result.decision = Ask(policy, wanted.question);
    result.failure = WrongWith(wanted, result.decision, book);
    result.passed = result.failure.empty();
    if (!result.passed) ++run.failed;
    coverage.Add(result.decision.rule);
    if (result.decision.would_be.has_value()) coverage.Add(result.decision.would_be->rule);
    run.results.push_back(std::move(result));
  }
  run.rules = coverage.Take();
  return run;
}

}  // namespace firebreak::policy
