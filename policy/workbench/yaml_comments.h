// The comments of a YAML text, and where its documents begin.
#ifndef FIREBREAK_POLICY_WORKBENCH_YAML_COMMENTS_H_
#define FIREBREAK_POLICY_WORKBENCH_YAML_COMMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// CommentLine is one comment.
struct CommentLine {
  int line = 0;         // 0-based
  std::string text;     // with its "#", without blanks at the end
  bool alone = false;   // nothing else on its line
  bool margin = false;  // begins in the first column
};

struct CommentedText {
  std::vector<CommentLine> comments;  // in the order of the text
  std::vector<int> separators;        // lines that begin with "---"
  std::vector<bool> blank;            // by line
};

// ScanComments reads text, which is valid YAML, for what a parser throws away. Unimplemented: it
// holds what this reading does not understand, such as a block scalar; the message says which.
absl::StatusOr<CommentedText> ScanComments(absl::string_view text);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_YAML_COMMENTS_H_
