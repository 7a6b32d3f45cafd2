// Path traversal, and files that nobody asks a service for.
#ifndef FIREBREAK_INSPECT_ATTACK_PATH_H_
#define FIREBREAK_INSPECT_ATTACK_PATH_H_

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindPath finds path traversal and files nobody asks a service for by name. Attackers spell dots
// and slashes in ever new ways, so a value is taken apart into words, dots and separators, where
// bytes and broken escapes that stand where a separator belongs count as one ("odd").
void FindPath(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_PATH_H_
