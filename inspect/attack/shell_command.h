// One command of a shell, as attackers write them.
#ifndef FIREBREAK_INSPECT_ATTACK_SHELL_COMMAND_H_
#define FIREBREAK_INSPECT_ATTACK_SHELL_COMMAND_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// ShellCommand is what stands at one place.
struct ShellCommand {
  enum class Kind : unsigned char {
    kNone,
    kWord,     // also a word of English
    kShort,    // a few letters, which may stand for anything
    kProgram,  // a name that only commands have
  };
  Kind kind = Kind::kNone;
  size_t end = 0;          // past its name
  bool hidden = false;     // quotes, escapes or empty variables within the name
  bool has_path = false;   // /bin/cat
  bool arguments = false;  // followed by an option, path, redirection or variable
  bool words = false;      // followed by what may be an argument: a URL, a number, something quoted
  bool alone = false;      // followed by nothing, or by another separator
  bool told = false;       // followed by a word that tells such a program what to do
  bool tool = false;       // does nothing by itself, and is what people who build talk of
  bool waits = false;      // is told by a number how long
  bool last = false;       // the text ends behind it
  bool from_url = false;   // followed by a word and a URL
};

// ShellReader reads the commands of one text. It remembers the last run of blanks and the last path
// it has passed, so that reading from each place within them costs no more than one pass.
class ShellReader {
 public:
  explicit ShellReader(absl::string_view text) : text_(text) {}

  // Read reads the command whose name starts at `at`, blanks before it aside.
  ShellCommand Read(size_t at);

 private:
  size_t SkipOpening(size_t i);
  size_t SkipPrefixes(size_t i) const;
  size_t SkipFolders(size_t i);

  absl::string_view text_;
  // A run of what SkipOpening passes, and a path, with its last separators of either kind.
  size_t opening_begin_ = 0;
  size_t opening_end_ = 0;
  size_t path_begin_ = 0;
  size_t path_end_ = 0;
  size_t slash_ = absl::string_view::npos;
  size_t backslash_ = absl::string_view::npos;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SHELL_COMMAND_H_
