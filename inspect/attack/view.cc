#include "inspect/attack/view.h"

#include <algorithm>

#include "inspect/attack/noise.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// What is too long, or too much of one form, to come by chance.
bool IsNoAccident(Category category) {
  return category == Category::kObject || category == Category::kLookup ||
         category == Category::kSql || category == Category::kXml;
}

}  // namespace

bool Hits::MayCount(Rule rule, size_t begin, size_t end) const {
  constexpr size_t kStart = 8;
  constexpr size_t kNear = 24;
  const Category category = InfoOf(rule).category;
  begin = std::min(begin, text_.size());
  if (matter_ == Matter::kNoise) {
    // The word of a path is at its end.
    const size_t size = category == Category::kPath ? std::max(end - begin, kNear) : kNear;
    return IsNoAccident(category) || HasWords(text_.substr(begin, size));
  }
  if (category == Category::kObject) return true;
  const absl::string_view start = text_.substr(begin, kStart);
  return std::none_of(start.begin(), start.end(),
                      [](char c) { return IsWide(c) || (IsControl(c) && !IsBlank(c)); });
}

}  // namespace firebreak::inspect
