// Where an entry of a list begins and ends in a YAML text, for edits that leave the rest of it as
// it is.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_ENTRY_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_ENTRY_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

#include "config/source_text.h"

namespace firebreak::policy {

// YamlEntry is one entry, as offsets into the text. A block entry begins at its dash and ends
// behind its last line; one in brackets is without its comma and the blanks around it.
struct YamlEntry {
  size_t begin = 0;
  size_t end = 0;
  bool block = false;
};

// FindEntry finds the entry that begins at place, as SourceMap says. It knows the usual ways to
// write YAML and does not parse it: who edits by it reads the result and compares. nullopt: it does
// not find where the entry begins or ends.
std::optional<YamlEntry> FindEntry(absl::string_view text, config::SourcePosition place);

// LineStart is where the line of `at` begins, NextLine where the one below does: text.size() behind
// the last.
size_t LineStart(absl::string_view text, size_t at);
size_t NextLine(absl::string_view text, size_t at);

// EndOfQuoted takes the offset of an opening quote and returns the one behind the closing; npos
// without such.
size_t EndOfQuoted(absl::string_view text, size_t at);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_ENTRY_H_
