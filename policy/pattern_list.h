// Long lists of patterns, most of them exact, in which the first match is found by hash.
#ifndef FIREBREAK_POLICY_PATTERN_LIST_H_
#define FIREBREAK_POLICY_PATTERN_LIST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// PatternList is a list of patterns in which the first that matches is found without looking at
// each, where the list is long and most are exact. T::exact() is the one text that a pattern
// matches, or "" when it may match others. Moves and does not copy: it points into itself.
template <typename T>
class PatternList {
 public:
  PatternList() = default;
  explicit PatternList(std::vector<T> patterns) : patterns_(std::move(patterns)) {
    if (patterns_.size() < kWorthIndexing) return;
    for (uint32_t i = 0; i < patterns_.size(); ++i) {
      const absl::string_view exact = patterns_[i].exact();
      if (exact.empty()) {
        others_.push_back(i);
      } else {
        exact_.emplace(exact, i);  // the first of equals stays
      }
    }
  }
  PatternList(PatternList&&) noexcept = default;
  PatternList& operator=(PatternList&&) noexcept = default;
  PatternList(const PatternList&) = delete;
  PatternList& operator=(const PatternList&) = delete;

  bool empty() const { return patterns_.empty(); }
  const std::vector<T>& patterns() const { return patterns_; }

  // First returns the first pattern that matches, or null. text is what exact() is compared with,
  // matches(pattern) the answer of any one pattern. Allocates nothing.
  template <typename Matches>
  const T* First(absl::string_view text, const Matches& matches) const {
    if (patterns_.size() < kWorthIndexing) {
      const auto found = std::find_if(patterns_.begin(), patterns_.end(), matches);
      return found == patterns_.end() ? nullptr : &*found;
    }
    const auto exact = exact_.find(text);
    size_t first = exact == exact_.end() ? patterns_.size() : exact->second;
    for (const uint32_t other : others_) {
      if (other > first) break;
      if (!matches(patterns_[other])) continue;
      first = other;
      break;
    }
    return first == patterns_.size() ? nullptr : &patterns_[first];
  }

 private:
  static constexpr size_t kWorthIndexing = 16;

  std::vector<T> patterns_;
  absl::flat_hash_map<absl::string_view, uint32_t> exact_;
  std::vector<uint32_t> others_;  // that are not exact
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PATTERN_LIST_H_
