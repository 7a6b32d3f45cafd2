// The strings that a finite set of patterns can tell apart.
#ifndef FIREBREAK_POLICY_WORKBENCH_STRING_ATOMS_H_
#define FIREBREAK_POLICY_WORKBENCH_STRING_ATOMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// Glob is a pattern as a sequence: literal characters, and runs of any characters or of any but
// "/". It says no more than where patterns may begin to differ; whether a value matches is the
// engine's to say.
class Glob {
 public:
  Glob& Literal(absl::string_view text);
  Glob& Any(bool one_or_more);
  Glob& InSegment(bool one_or_more);
  // Affix appends the four forms of a string pattern: "*", "abc*", "*abc", "abc"; with segment, its
  // "*" stands within one segment.
  Glob& Affix(absl::string_view text, bool segment);

  struct Item {
    enum class Kind : uint8_t { kLiteral, kOne, kMany } kind;
    bool segment;         // kOne and kMany: not "/"
    std::string literal;  // one character, or one escape "%2F"
  };
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

// Grammar is what strings of a kind look like, whatever the patterns.
enum class Grammar {
  kText,       // a line of a header: not empty, no blank at either end
  kElement,    // of a header that lists values: the same without a comma
  kToken,      // a method: not empty
  kHost,       // not empty
  kPath,       // canonical: "/" and segments, no empty one but the last, no dot segments
  kPrincipal,  // trust domain and segments
};

// RepresentativeStrings returns strings of the grammar such that every string of the grammar
// matches the same globs as one of them: the shortest for each such set. ResourceExhausted: there
// are too many to look at.
absl::StatusOr<std::vector<std::string>> RepresentativeStrings(Grammar grammar,
                                                               const std::vector<Glob>& globs);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_STRING_ATOMS_H_
