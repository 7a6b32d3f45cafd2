#include "inspect/baseline/deviation.h"

#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {

bool Judgement::deviant() const { return score >= kDeviant; }

std::string Judgement::Explain(size_t most) const {
  std::string text;
  absl::string_view field = "";
  for (const Deviation& deviation : deviations) {
    if (text.size() >= most) break;
    const bool same = !field.empty() && deviation.field == field;
    absl::StrAppend(&text, text.empty() ? "" : same ? ", " : "; ");
    if (!same && !deviation.field.empty()) {
      absl::StrAppend(&text, "`", PrintableEscaped(deviation.field), "`: ");
    }
    absl::StrAppend(&text, deviation.detail);
    field = deviation.field;
  }
  if (!text.empty()) absl::StrAppend(&text, " (", samples, " samples)");
  return text;
}

}  // namespace firebreak::inspect
