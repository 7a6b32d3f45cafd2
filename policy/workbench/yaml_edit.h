// Adding to lists of a YAML text without disturbing the rest of it: comments, order and style stay.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/source_text.h"

namespace firebreak::policy {

// NewEntry is one list entry to add, in both styles of YAML.
struct NewEntry {
  std::string flow;                // "{a: b}", "\"value\"": no line break
  std::vector<std::string> block;  // lines behind "- "; the second and later are indented to match
};

// AppendEntry adds an entry behind the last one of a list. last is where that begins, as SourceMap
// says. It knows the usual ways to write YAML and does not parse it: the caller reads the result
// and compares. nullopt: it does not find the end of that entry.
std::optional<std::string> AppendEntry(absl::string_view text, config::SourcePosition last,
                                       const NewEntry& entry);

// AppendDocument adds a document, lines that end in line feeds, at the end of text.
std::string AppendDocument(absl::string_view text, absl::string_view document);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_
