// Edits of the lists of a YAML text that do not disturb the rest of it: comments, order and style
// stay. What is made is to be read and compared: see FindEntry.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_

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
// says. nullopt: that entry is not found.
std::optional<std::string> AppendEntry(absl::string_view text, config::SourcePosition last,
                                       const NewEntry& entry);

// AppendDocument adds a document, lines that end in line feeds, at the end of text.
std::string AppendDocument(absl::string_view text, absl::string_view document);

// RemoveEntries takes out the list entries that begin at places, as SourceMap says, each with its
// comma or its lines, and with the comment lines right above it. No entry is within another, and
// each list keeps one. nullopt: an entry is not found, or something beside it is not understood.
std::optional<std::string> RemoveEntries(absl::string_view text,
                                         std::vector<config::SourcePosition> places);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_EDIT_H_
