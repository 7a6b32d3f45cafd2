#include "config/did_you_mean.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace firebreak::config {
namespace {

// Longer words are not slips, and the distance costs their product.
constexpr size_t kMaxWord = 64;

// Folded drops what people get wrong without a slip: case and the way words are joined.
std::string Folded(absl::string_view word) {
  std::string folded;
  for (const char c : word) {
    if (c != '_' && c != '-') folded.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

// EditDistance counts insertions, deletions, replacements and swaps of neighbours.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before_last(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string DidYouMean(absl::string_view wrong, absl::Span<const absl::string_view> candidates) {
  if (wrong.empty() || wrong.size() > kMaxWord) return "";
  const std::string folded = Folded(wrong);
  // One slip in three letters; a word of one or two letters is near everything.
  size_t nearest = folded.size() / 3 + 1;
  if (folded.size() < 3) nearest = 1;
  absl::string_view best;
  for (const absl::string_view candidate : candidates) {
    if (candidate.size() > kMaxWord) continue;
    const size_t distance = EditDistance(folded, Folded(candidate));
    if (distance >= nearest) continue;
    nearest = distance;
    best = candidate;
  }
  return best.empty() ? "" : absl::StrCat("did you mean \"", best, "\"?");
}

}  // namespace firebreak::config
