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
};

// ReadShellCommand reads the command whose name starts at `at`, blanks before it aside.
ShellCommand ReadShellCommand(absl::string_view text, size_t at);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SHELL_COMMAND_H_
