// View and Hits: what a parser of this folder looks at and what it says.
#ifndef FIREBREAK_INSPECT_ATTACK_VIEW_H_
#define FIREBREAK_INSPECT_ATTACK_VIEW_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/attack/lower_text.h"
#include "inspect/attack/rule.h"
#include "inspect/field.h"

namespace firebreak::inspect {

// View is one reading of a stretch of a field: as it is, or with some layers of encoding undone.
struct View {
  explicit View(const LowerText& of) : lower(of), text(of.text()), classes(of.classes()) {}

  size_t Find(const Needle& needle) const { return lower.Find(needle); }
  bool Has(WordGroup group) const { return lower.Has(group); }

  const LowerText& lower;
  absl::string_view text;  // in lower case, at most kMaxView bytes
  uint32_t classes;        // ClassesOf(text)
  unsigned depth = 0;      // how many layers were undone
  Place place = Place::kBytes;
  absl::string_view name;  // of the field in a body; of a name in JSON, where it stands
  bool is_name = false;
  bool begins = true;  // the field begins here
  bool ends = true;    // and it ends here; else the words at the end may go on
};

inline constexpr size_t kMaxView = 1024;

// Whether a field is of a body. In bodies people write texts and services talk of themselves; what
// stands elsewhere is short and to the point.
inline bool IsBody(Place place) { return place >= Place::kForm; }

// What a view is of. What is no text has short attacks by chance, which count for nothing and hide
// nothing.
enum class Matter : uint8_t {
  kText,
  kBinary,  // a picture, an archive
  kNoise,   // letters, digits and signs without a word, as scripts write that tell people from
            // robots
};

// Hits collects which rules match a view and where: the first match of each rule.
class Hits {
 public:
  struct Range {
    uint16_t begin = 0;
    uint16_t end = 0;
  };

  // `text` is what the view is of, as it was spelled; kept until the next Begin.
  void Begin(absl::string_view text, Matter matter) {
    set_.reset();
    text_ = text;
    matter_ = matter;
  }

  void Add(Rule rule, size_t begin, size_t end) {
    const auto index = static_cast<size_t>(rule);
    if (set_[index] || (matter_ != Matter::kText && !MayCount(rule, begin, end))) return;
    set_.set(index);
    ranges_[index] = {static_cast<uint16_t>(begin), static_cast<uint16_t>(end)};
  }
  bool Has(Rule rule) const { return set_[static_cast<size_t>(rule)]; }
  bool empty() const { return set_.none(); }

  // Calls visit(Rule, Range) in the order of the rules.
  template <typename Visit>
  void ForEachHit(Visit visit) const {
    for (size_t i = 0; i < kRuleCount; ++i) {
      if (set_[i]) visit(static_cast<Rule>(i), ranges_[i]);
    }
  }

 private:
  // In what is no text: eight bytes of text from there on, or a format of objects, whose first
  // bytes are none. In noise: words.
  bool MayCount(Rule rule, size_t begin, size_t end) const;

  absl::string_view text_;
  Matter matter_ = Matter::kText;
  std::bitset<kRuleCount> set_;
  std::array<Range, kRuleCount> ranges_{};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_VIEW_H_
