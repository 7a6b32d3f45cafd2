// Command injection, for the shells of Unix and Windows.
#ifndef FIREBREAK_INSPECT_ATTACK_SHELL_H_
#define FIREBREAK_INSPECT_ATTACK_SHELL_H_

#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindShell finds commands for a shell, Unix's or Windows's: what follows a separator, what is
// substituted, what only a shell understands. Many commands are English words ("find", "more"), so
// those count only with what a sentence does not have: an option, a path, a redirection, the end.
void FindShell(const View& view, Hits& hits);
// What only a shell understands: WordGroup::kShellMark.
absl::Span<const Needle> ShellMarks();

// FindFunctionDefinition finds "() { ...", which old shells ran when it came in their environment.
void FindFunctionDefinition(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SHELL_H_
