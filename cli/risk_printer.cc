#include "cli/risk_printer.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "cli/json_object.h"
#include "cli/terminal.h"

namespace firebreak::cli {
namespace {

Color ColorOf(inspect::Severity severity) {
  switch (severity) {
    case inspect::Severity::kLow:
      return Color::kDim;
    case inspect::Severity::kMedium:
      return Color::kYellow;
    case inspect::Severity::kHigh:
    case inspect::Severity::kSevere:
      return Color::kRed;
  }
  return Color::kNone;
}

}  // namespace

std::string RisksJson(const std::vector<inspect::Risk>& risks) {
  std::vector<std::string> values;
  values.reserve(risks.size());
  for (const inspect::Risk& risk : risks) {
    const inspect::RiskInfo& info = inspect::InfoOf(risk.kind);
    values.push_back(JsonObject()
                         .AddText("id", info.id)
                         .AddText("severity", inspect::SeverityName(info.severity))
                         .AddText("title", info.title)
                         .AddText("why", risk.why)
                         .str());
  }
  return JsonList(values);
}

void PrintRisk(const inspect::Risk& risk, CommandContext& context) {
  const inspect::RiskInfo& info = inspect::InfoOf(risk.kind);
  const Painter painter(context.UseColor());
  context.out << "  "
              << painter.Paint(ColorOf(info.severity),
                               absl::StrCat(info.id, " ", inspect::SeverityName(info.severity)))
              << "  " << info.title << ": " << PrintableEscaped(risk.why) << "\n";
}

bool AnySerious(const std::vector<inspect::Risk>& risks) {
  return std::any_of(risks.begin(), risks.end(), [](const inspect::Risk& risk) {
    return inspect::InfoOf(risk.kind).severity > inspect::Severity::kLow;
  });
}

}  // namespace firebreak::cli
