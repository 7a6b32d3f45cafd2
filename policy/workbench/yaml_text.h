// Policy documents as text: what the workbench writes, the loader reads.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_TEXT_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::policy {

// YamlQuoted returns text as a double-quoted YAML scalar of printable ASCII: whatever is in it, it
// is read back as itself, and does nothing to a terminal. text is valid UTF-8.
std::string YamlQuoted(absl::string_view text);

// YamlScalar returns text plain where every YAML reader takes it for that string, else quoted.
std::string YamlScalar(absl::string_view text);

// YamlList writes "name: [a, b]", or one value a line where that is longer than a line may be.
// indent is the column that name stands in; the result ends in a newline.
std::string YamlList(size_t indent, absl::string_view name, const std::vector<std::string>& values);

// YamlComment writes text as comment lines at indent, escaped and wrapped at blanks.
std::string YamlComment(size_t indent, absl::string_view text);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_TEXT_H_
