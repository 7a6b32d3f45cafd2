// The one layout of policy files.
#ifndef FIREBREAK_POLICY_WORKBENCH_FORMAT_H_
#define FIREBREAK_POLICY_WORKBENCH_FORMAT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::config {
class Diagnostics;
}  // namespace firebreak::config

namespace firebreak::policy {

// FormatPolicy lays a policy file out: two blanks a level, lists in the column of their name, what
// is short in brackets on one line, lists of values in double quotes. Documents, fields and
// comments keep their order, and one blank line between entries stays one. Before it returns, the
// result was read again: it means the same, holds the same comments, and formats to itself.
// nullopt: the file does not load, or cannot be laid out without losing something; see
// *diagnostics.
std::optional<std::string> FormatPolicy(const std::string& file, const std::string& text,
                                        config::Diagnostics* diagnostics);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_FORMAT_H_
