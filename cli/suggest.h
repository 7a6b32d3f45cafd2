// "Did you mean": the word that a mistyped one is nearest to.
#ifndef FIREBREAK_CLI_SUGGEST_H_
#define FIREBREAK_CLI_SUGGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::cli {

// Nearest returns the candidate with the fewest edits (insert, delete, replace, swap of
// neighbours) from word, or an empty string when none is near enough to be worth naming.
std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_SUGGEST_H_
