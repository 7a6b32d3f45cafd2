#include "cli/explanation_printer.h"

#include <array>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "cli/json_object.h"
#include "cli/terminal.h"

namespace firebreak::cli {
namespace {

std::string RuleText(const RuleRef& rule) {
  return PrintableEscaped(
      absl::StrCat(rule.policy_namespace, "/", rule.policy, " ", rule.rule, "  ", rule.source));
}

// What a rule says of how that which it lets through is inspected, field by field; empty: nothing.
std::vector<std::pair<std::string, std::string>> InspectionFields(const RuleInspection& says) {
  constexpr std::array<absl::string_view, 3> kModes = {"OFF", "DETECT", "BLOCK"};
  std::vector<std::pair<std::string, std::string>> fields;
  if (says.mode.has_value()) {
    fields.emplace_back("mode", std::string(kModes.at(static_cast<size_t>(*says.mode))));
  }
  if (says.paranoia != 0) fields.emplace_back("paranoia", absl::StrCat(says.paranoia));
  if (!says.protocol.empty()) fields.emplace_back("protocol", says.protocol);
  return fields;
}

absl::string_view ReasonText(Reason reason) {
  if (reason == Reason::kNoRule) return "no ALLOW rule matches";
  if (reason == Reason::kExplicitDeny) return "a DENY rule matches";
  if (reason == Reason::kExpiredGrant)
    return "a rule would allow it, but its time or uses are over";
  return "the question is not complete";
}

void PrintNearest(const policy::Explanation& why, const Painter& painter, std::ostream& out) {
  if (why.nearest.empty()) {
    out << "\nno enforced ALLOW rule is about this workload in this direction\n";
    return;
  }
  out << "\nnearest rules:\n";
  for (size_t i = 0; i < why.nearest.size(); ++i) {
    const policy::NearMiss& miss = why.nearest[i];
    const std::string path = absl::StrCat("spec.rules[", miss.rule, "]");
    out << i + 1 << ". "
        << PrintableEscaped(absl::StrCat(miss.document->name(), " ",
                                         miss.document->rule_name(miss.rule), "  ",
                                         miss.document->Place(path)))
        << "\n";
    for (const policy::FieldFailure& failure : miss.failures) {
      out << "   " << painter.Paint(Color::kRed, PrintableEscaped(failure.field)) << ": wants "
          << PrintableEscaped(policy::ExpectedText(failure));
      if (!failure.got.empty()) out << ", got " << PrintableEscaped(failure.got);
      out << "  " << PrintableEscaped(failure.place) << "\n";
    }
  }
}

void PrintDiff(const std::string& diff, const Painter& painter, std::ostream& out) {
  for (absl::string_view line : absl::StrSplit(diff, '\n', absl::SkipEmpty())) {
    const Color color = line[0] == '+'   ? Color::kGreen
                        : line[0] == '-' ? Color::kRed
                                         : Color::kNone;
    // The tab and CR of a policy file are what `patch` has to see, and harmless.
    out << painter.Paint(color, line) << "\n";
  }
}

void PrintPatch(const policy::Explanation& why, const Painter& painter, std::ostream& out) {
  if (!why.patch.has_value()) {
    if (!why.no_patch.empty()) out << "\nno patch: " << PrintableEscaped(why.no_patch) << "\n";
    return;
  }
  out << "\npatch: " << PrintableEscaped(why.patch->summary);
  if (!why.patch->wider.empty()) out << ";\n  " << why.patch->wider;
  out << "\n";
  PrintDiff(why.patch->diff, painter, out);
}

std::string MissJson(const policy::NearMiss& miss) {
  std::vector<std::string> failures;
  for (const policy::FieldFailure& failure : miss.failures) {
    failures.push_back(JsonObject()
                           .AddText("field", failure.field)
                           .AddText("path", failure.path)
                           .AddBool("negated", failure.negated)
                           .Add("expected", JsonTexts(failure.expected))
                           .AddText("got", failure.got)
                           .AddBool("unknown", failure.unknown)
                           .AddText("place", failure.place)
                           .str());
  }
  return JsonObject()
      .AddText("policy", miss.document->name())
      .AddText("rule", miss.document->rule_name(miss.rule))
      .AddText("place", miss.document->Place(absl::StrCat("spec.rules[", miss.rule, "]")))
      .Add("failures", JsonList(failures))
      .str();
}

std::string RuleJson(const RuleRef& rule) {
  JsonObject object;
  object.AddText("policy", absl::StrCat(rule.policy_namespace, "/", rule.policy))
      .AddText("rule", rule.rule)
      .AddText("place", rule.source);
  JsonObject inspection;
  for (const auto& [field, value] : InspectionFields(rule.inspection)) {
    inspection.Add(field, field == "paranoia" ? value : JsonText(value));
  }
  if (inspection.str() != "{}") object.Add("inspection", inspection.str());
  return object.str();
}

}  // namespace

void PrintExplanation(const policy::PolicyQuestion& question, const policy::Explanation& why,
                      CommandContext& context) {
  const Painter painter(context.UseColor());
  const policy::Decision& decision = why.decision;
  std::ostream& out = context.out;
  if (decision.allowed) {
    out << painter.Paint(Color::kGreen, "ALLOWED") << "  "
        << PrintableEscaped(policy::Describe(question)) << "\n";
  } else {
    out << painter.Paint(Color::kRed, "DENIED") << "  "
        << PrintableEscaped(policy::Describe(question))
        << "\nreason: " << ReasonName(decision.reason) << ", " << ReasonText(decision.reason)
        << "\n";
  }
  if (decision.rule != nullptr) {
    out << "rule: " << RuleText(*decision.rule) << "\n";
    const auto inspection = InspectionFields(decision.rule->inspection);
    if (!inspection.empty()) {
      out << "inspection: " << absl::StrJoin(inspection, ", ", absl::PairFormatter(" ")) << "\n";
    }
  }
  if (decision.would_be.has_value()) {
    out << "under audit, would be " << VerdictName(decision.would_be->verdict) << ": "
        << RuleText(*decision.would_be->rule) << "\n";
  }
  if (!why.unknown_headers.empty()) {
    out << "unknown: "
        << PrintableEscaped(absl::StrCat("header ", absl::StrJoin(why.unknown_headers, ", ")))
        << ", which rules here ask about: the answer may be another one\n";
  }
  const bool searched =
      decision.reason == Reason::kNoRule || decision.reason == Reason::kExpiredGrant;
  if (!searched) return;
  PrintNearest(why, painter, out);
  PrintPatch(why, painter, out);
}

void PrintExplanationJson(const policy::PolicyQuestion& question, const policy::Explanation& why,
                          CommandContext& context) {
  const policy::Decision& decision = why.decision;
  JsonObject object;
  object.AddText("question", policy::Describe(question))
      .AddBool("allowed", decision.allowed)
      .AddText("verdict", VerdictName(decision.verdict));
  if (decision.reason != Reason::kNone) object.AddText("reason", ReasonName(decision.reason));
  if (decision.rule != nullptr) object.Add("rule", RuleJson(*decision.rule));
  if (decision.would_be.has_value()) {
    object.AddText("would_be_verdict", VerdictName(decision.would_be->verdict))
        .Add("would_be_rule", RuleJson(*decision.would_be->rule));
  }
  if (!why.unknown_headers.empty()) object.Add("unknown_headers", JsonTexts(why.unknown_headers));
  std::vector<std::string> nearest;
  for (const policy::NearMiss& miss : why.nearest) nearest.push_back(MissJson(miss));
  if (!decision.allowed) object.Add("nearest", JsonList(nearest));
  if (why.patch.has_value()) {
    object.Add("patch", JsonObject()
                            .AddText("summary", why.patch->summary)
                            .AddText("file", why.patch->file)
                            .AddText("wider", why.patch->wider)
                            .AddText("diff", why.patch->diff)
                            .str());
  } else if (!why.no_patch.empty()) {
    object.AddText("no_patch", why.no_patch);
  }
  context.out << object.str() << "\n";
}

}  // namespace firebreak::cli
