#include "policy/workbench/explanation.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/verdict.h"

namespace firebreak::policy {
namespace {

constexpr size_t kShownRules = 3;
// A list of thousands is a list of identities: the first ones say what it is about.
constexpr size_t kShownValues = 8;

// UnknownHeaders are those that the rules about the question's workload ask for and it leaves open.
std::vector<std::string> UnknownHeaders(const PolicyBook& book, const PolicyQuestion& question) {
  std::set<std::string> names;
  if (!question.headers_open || !question.request.has_value()) return {};
  const auto policy = book.For(question.workload);
  const RuleIndexes& rules = policy->rules(question.direction);
  for (const RuleIndex* index : {&rules.deny, &rules.allow}) {
    for (const Clause& clause : index->clauses()) {
      if (!MatchConnection(clause, question.View())) continue;
      for (const HeaderMatch& header : clause.rule->when.headers) {
        if (!question.request->headers.Has(header.name)) names.insert(header.name);
      }
    }
  }
  return {names.begin(), names.end()};
}

bool HasUnknown(const NearMiss& miss) {
  return std::any_of(miss.failures.begin(), miss.failures.end(),
                     [](const FieldFailure& failure) { return failure.unknown; });
}

}  // namespace

Explanation Explain(const PolicyBook& book, const PolicyQuestion& question, PatchStyle style) {
  Explanation result;
  result.decision = Ask(book.For(question.workload), question);
  result.unknown_headers = UnknownHeaders(book, question);
  const Reason reason = result.decision.reason;
  if (reason != Reason::kNoRule && reason != Reason::kExpiredGrant) return result;
  result.nearest = NearestAllows(book, question, kShownRules);
  if (reason == Reason::kExpiredGrant) {
    result.no_patch = "the grant was to end: whoever gave it has to renew it";
    return result;
  }
  // It may have failed for that alone, and a patch would take the guard away.
  if (!result.nearest.empty() && HasUnknown(result.nearest.front())) {
    result.no_patch = absl::StrCat(
        "whether the nearest rule failed for header ", absl::StrJoin(result.unknown_headers, ", "),
        " is unknown: name what the request had, by --header \"name: value\"");
    return result;
  }
  absl::StatusOr<Patch> patch = SmallestPatch(book, question, result.nearest, style);
  if (patch.ok()) {
    result.patch = *std::move(patch);
  } else {
    result.no_patch = std::string(patch.status().message());
  }
  return result;
}

std::string ExpectedText(const FieldFailure& failure) {
  if (failure.expected.empty()) return "that it holds";
  std::string values;
  for (size_t i = 0; i < std::min(failure.expected.size(), kShownValues); ++i) {
    absl::StrAppend(&values, i == 0 ? "" : ", ", "\"", failure.expected[i], "\"");
  }
  if (failure.expected.size() > kShownValues) {
    absl::StrAppend(&values, " and ", failure.expected.size() - kShownValues, " more");
  }
  const bool several = failure.expected.size() > 1;
  if (failure.negated) return absl::StrCat(several ? "none of " : "not ", values);
  return absl::StrCat(several ? "one of " : "", values);
}

std::string ShortWhy(const PolicyBook& book, const PolicyQuestion& question,
                     const Decision& decision) {
  if (decision.rule != nullptr) {
    return absl::StrCat(decision.allowed ? "" : absl::StrCat(ReasonName(decision.reason), " by "),
                        decision.rule->policy_namespace, "/", decision.rule->policy, " ",
                        decision.rule->rule, " at ", decision.rule->source);
  }
  std::string why(ReasonName(decision.reason));
  const std::vector<NearMiss> nearest = NearestAllows(book, question, 1);
  if (nearest.empty()) return absl::StrCat(why, "; no ALLOW rule is about this workload");
  const NearMiss& miss = nearest.front();
  absl::StrAppend(&why, "; nearest ", miss.document->name(), " ",
                  miss.document->rule_name(miss.rule));
  for (const FieldFailure& failure : miss.failures) {
    absl::StrAppend(&why, ": ", failure.field, " wants ", ExpectedText(failure));
    if (!failure.got.empty()) absl::StrAppend(&why, ", got ", failure.got);
  }
  return why;
}

}  // namespace firebreak::policy
