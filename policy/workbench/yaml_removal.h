// Taking entries out of the lists of a YAML text without disturbing the rest of it.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_REMOVAL_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_REMOVAL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/source_text.h"

namespace firebreak::policy {

// RemoveEntries takes out the list entries that begin at places, as SourceMap says, each with its
// comma or its line, and with the comment lines right above it. No entry is within another, and
// each list keeps one. It knows the usual ways to write YAML and does not parse it: the caller
// reads the result and compares. nullopt: it does not find where an entry begins or ends.
std::optional<std::string> RemoveEntries(absl::string_view text,
                                         std::vector<config::SourcePosition> places);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_REMOVAL_H_
