#include "filters/inspect/findings.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "flows/redact.h"

namespace firebreak::filters {
namespace {

using flows::kRedacted;

// Excerpts of what only ever holds credentials stay out of the log.
bool HoldsSecrets(const inspect::Finding& finding) {
  // Whose explanation has no value of a cookie in it.
  if (finding.category == inspect::Category::kBaseline) return false;
  if (finding.place == inspect::Place::kCookie) return true;
  return finding.place == inspect::Place::kHeader &&
         (absl::StartsWith(finding.field, "authorization") ||
          absl::StartsWith(finding.field, "proxy-authorization"));
}

}  // namespace

void AddMatch(flows::InspectionMatch match, flows::InspectionInfo* info) {
  if (info->matches.size() < kKeptMatches) info->matches.push_back(std::move(match));
}

std::string FieldText(inspect::Place place, absl::string_view name, bool is_name) {
  std::string text(inspect::PlaceName(place));
  if (is_name) absl::StrAppend(&text, "-name");
  if (!name.empty()) absl::StrAppend(&text, ":", name);
  return text;
}

std::string FieldText(const inspect::Finding& finding, bool redact) {
  const absl::string_view name = redact && !finding.field.empty() ? kRedacted : finding.field;
  return FieldText(finding.place, name, finding.is_name);
}

const inspect::Finding* WorstOf(const inspect::Inspection& inspection) {
  const auto& findings = inspection.findings();
  const auto worst =
      std::max_element(findings.begin(), findings.end(),
                       [](const auto& a, const auto& b) { return a.severity < b.severity; });
  return worst == findings.end() ? nullptr : &*worst;
}

void AddFindings(const inspect::Inspection& inspection, bool redact, flows::InspectionInfo* info) {
  info->score = std::max(info->score, static_cast<uint32_t>(inspection.score()));
  std::vector<const inspect::Finding*> worst;
  for (const inspect::Finding& finding : inspection.findings()) worst.push_back(&finding);
  std::stable_sort(worst.begin(), worst.end(),
                   [](const auto* a, const auto* b) { return a->severity > b->severity; });
  for (const inspect::Finding* finding : worst) {
    AddMatch({std::string(finding->id), std::string(inspect::CategoryName(finding->category)),
              FieldText(*finding, redact),
              redact || HoldsSecrets(*finding) ? std::string(kRedacted) : finding->excerpt},
             info);
  }
}

void AddSecret(const inspect::SecretMatch& secret, absl::string_view where,
               flows::InspectionInfo* info) {
  info->score = std::max(info->score, uint32_t{inspect::kCritical});
  AddMatch({std::string(inspect::InfoOf(inspect::RiskKind::kSecret).id),
            std::string(inspect::CategoryName(inspect::Category::kSecret)), std::string(where),
            secret.Describe()},
           info);
}

void AddRisk(const inspect::Risk& risk, flows::InspectionInfo* info) {
  const inspect::RiskInfo& rule = inspect::InfoOf(risk.kind);
  info->score += static_cast<uint32_t>(ScoreOf(rule.severity));
  AddMatch({std::string(rule.id), std::string(inspect::CategoryName(inspect::Category::kProtocol)),
            "stream", risk.why},
           info);
}

int ScoreOf(inspect::Severity severity) {
  switch (severity) {
    case inspect::Severity::kLow:
      return inspect::kNotice;
    case inspect::Severity::kMedium:
      return inspect::kWarning;
    case inspect::Severity::kHigh:
      return inspect::kError;
    case inspect::Severity::kSevere:
      return inspect::kCritical;
  }
  return inspect::kCritical;
}

}  // namespace firebreak::filters
