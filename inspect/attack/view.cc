#include "inspect/attack/view.h"

#include <algorithm>

#include "inspect/attack/text.h"

namespace firebreak::inspect {

bool Hits::MayCount(Rule rule, size_t begin) const {
  constexpr size_t kStart = 8;
  if (InfoOf(rule).category == Category::kObject) return true;
  const absl::string_view start = binary_.substr(std::min(begin, binary_.size()), kStart);
  return std::none_of(start.begin(), start.end(),
                      [](char c) { return IsWide(c) || (IsControl(c) && !IsBlank(c)); });
}

}  // namespace firebreak::inspect
