#include "cli/difference_printer.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "base/verdict.h"
#include "cli/json_object.h"
#include "cli/question_as_flags.h"

namespace firebreak::cli {
namespace {

constexpr size_t kNameColumns = 14;

std::string WorkloadText(const policy::Workload& workload) {
  if (workload.labels.empty()) {
    return absl::StrCat(workload.workload_namespace, ", any other workload");
  }
  return absl::StrCat(workload.workload_namespace, ", ",
                      absl::StrJoin(workload.labels, " ", absl::PairFormatter("=")));
}

std::string WorkloadsText(const policy::Difference& difference) {
  return absl::StrJoin(difference.workloads, "; ",
                       [](std::string* out, const policy::Workload& workload) {
                         absl::StrAppend(out, WorkloadText(workload));
                       });
}

std::string SetText(const policy::Described& set) {
  return absl::StrCat(set.all_but ? "all but " : "", absl::StrJoin(set.values, ", "));
}

// AnswerText says what a decision was: "allowed by shop/payments orders", "denied, no rule".
std::string AnswerText(const policy::Decision& decision) {
  const std::string rule = decision.rule == nullptr
                               ? ""
                               : absl::StrCat(" by ", decision.rule->policy_namespace, "/",
                                              decision.rule->policy, " ", decision.rule->rule);
  if (decision.allowed) return absl::StrCat("allowed", rule);
  if (decision.rule == nullptr) return "denied, no rule";
  return decision.reason == Reason::kExplicitDeny ? absl::StrCat("denied", rule)
                                                  : absl::StrCat("denied, no longer allowed", rule);
}

// ExampleText is the witness in one line, with what its set asks for and the line would not say.
std::string ExampleText(const policy::Difference& difference) {
  constexpr std::array<absl::string_view, 5> kSaid = {"from", "to", "port", "method", "path"};
  std::string text = policy::Describe(difference.witness);
  for (const policy::Condition& condition : difference.where) {
    const bool said = std::find(kSaid.begin(), kSaid.end(), condition.dimension) != kSaid.end();
    const bool plain = condition.example == "TCP" || condition.example == "HTTP1";
    if (said || plain) continue;
    absl::string_view value = condition.example;
    absl::ConsumeSuffix(&value, "\n");
    absl::StrAppend(&text, ", ", condition.dimension, " ",
                    value.empty() ? "none" : absl::StrReplaceAll(value, {{"\n", " and "}}));
  }
  return text;
}

// AskAgain is the witness as flags of `policy explain`, where they can say it.
std::optional<std::string> AskAgain(const policy::Difference& difference) {
  if (!difference.uses.empty()) return std::nullopt;
  const bool by_time =
      std::any_of(difference.where.begin(), difference.where.end(),
                  [](const policy::Condition& condition) { return condition.dimension == "time"; });
  return AsFlags(difference.witness, by_time);
}

void Line(absl::string_view name, absl::string_view text, std::ostream& out) {
  std::string padded(name);
  if (padded.size() < kNameColumns) padded.append(kNameColumns - padded.size(), ' ');
  out << "    " << PrintableEscaped(padded) << "  " << PrintableEscaped(text) << "\n";
}

void PrintOne(const policy::Difference& difference, const DifferenceWords& words,
              const Painter& painter, std::ostream& out) {
  out << "  "
      << (difference.newly_allowed ? painter.Paint(Color::kGreen, words.newly_allowed)
                                   : painter.Paint(Color::kRed, words.newly_denied))
      << "\n";
  for (const policy::Condition& condition : difference.where) {
    Line(condition.dimension, SetText(condition.set), out);
  }
  Line("for example", ExampleText(difference), out);
  Line("", absl::StrCat(words.before, AnswerText(difference.before)), out);
  Line("", absl::StrCat(words.after, AnswerText(difference.after)), out);
  if (const auto flags = AskAgain(difference)) Line("to explain", *flags, out);
}

std::string AnswerJson(const policy::Decision& decision) {
  JsonObject object;
  object.AddText("verdict", decision.allowed ? "FORWARDED" : "DROPPED");
  if (decision.reason != Reason::kNone) object.AddText("reason", ReasonName(decision.reason));
  if (decision.rule == nullptr) return object.str();
  object.AddText("policy",
                 absl::StrCat(decision.rule->policy_namespace, "/", decision.rule->policy));
  object.AddText("rule", decision.rule->rule);
  object.AddText("source", decision.rule->source);
  return object.str();
}

std::string WorkloadJson(const policy::Workload& workload) {
  JsonObject labels;
  for (const auto& [key, value] : workload.labels) labels.AddText(key, value);
  return JsonObject()
      .AddText("namespace", workload.workload_namespace)
      .Add("labels", labels.str())
      .str();
}

std::string ConditionJson(const policy::Condition& condition) {
  return JsonObject()
      .AddText("field", condition.dimension)
      .Add(condition.set.all_but ? "none_of" : "any_of", JsonTexts(condition.set.values))
      .AddText("example", condition.example)
      .str();
}

template <typename T, typename ToJson>
std::string ListJson(const std::vector<T>& values, const ToJson& to_json) {
  std::vector<std::string> list;
  list.reserve(values.size());
  for (const T& value : values) list.push_back(to_json(value));
  return JsonList(list);
}

std::string ChangeName(bool newly_allowed) {
  return newly_allowed ? "NEWLY_ALLOWED" : "NEWLY_DENIED";
}

std::string DifferenceJson(const policy::Difference& difference) {
  JsonObject object;
  object.AddText("change", ChangeName(difference.newly_allowed))
      .AddText("direction", DirectionName(difference.direction))
      .Add("workloads", ListJson(difference.workloads, WorkloadJson))
      .Add("where", ListJson(difference.where, ConditionJson))
      .AddText("example", ExampleText(difference))
      .Add("before", AnswerJson(difference.before))
      .Add("after", AnswerJson(difference.after));
  if (const auto flags = AskAgain(difference)) object.AddText("explain", *flags);
  return object.str();
}

std::string ChangeJson(const policy::Change& change) {
  return JsonObject()
      .AddText("change", ChangeName(change.after.allowed))
      .AddText("traffic", policy::Describe(change.traffic))
      .Add("count", absl::StrCat(change.seen.count))
      .AddText("first", UtcText(change.seen.first))
      .AddText("last", UtcText(change.seen.last))
      .AddText("decision_id", change.seen.decision_id)
      .Add("before", AnswerJson(change.before))
      .Add("after", AnswerJson(change.after))
      .str();
}

}  // namespace

void PrintDifferences(const policy::Comparison& comparison, const DifferenceWords& words,
                      const Painter& painter, std::ostream& out) {
  std::string heading;
  for (const policy::Difference& difference : comparison.differences) {
    std::string own =
        absl::StrCat(WorkloadsText(difference), ", ", DirectionName(difference.direction));
    if (own != heading) out << painter.Paint(Color::kBold, PrintableEscaped(own)) << "\n";
    heading = std::move(own);
    PrintOne(difference, words, painter, out);
  }
}

void PrintChanges(const std::vector<policy::Change>& changes, const Painter& painter,
                  std::ostream& out) {
  if (changes.empty()) return;
  Table table({"CHANGE", "TIMES", "LAST SEEN", "TRAFFIC", "WAS", "IS"}, painter, out);
  for (const policy::Change& change : changes) {
    const bool allowed = change.after.allowed;
    table.AddRow(
        {Cell(allowed ? "newly allowed" : "newly denied", allowed ? Color::kGreen : Color::kRed),
         absl::StrCat(change.seen.count), UtcText(change.seen.last),
         policy::Describe(change.traffic), AnswerText(change.before), AnswerText(change.after)});
  }
}

std::string DifferencesJson(const policy::Comparison& comparison) {
  return ListJson(comparison.differences, DifferenceJson);
}

std::string ChangesJson(const std::vector<policy::Change>& changes) {
  return ListJson(changes, ChangeJson);
}

}  // namespace firebreak::cli
