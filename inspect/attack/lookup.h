// Lookups as Log4j resolves them, which is how "jndi" is hidden in one.
#ifndef FIREBREAK_INSPECT_ATTACK_LOOKUP_H_
#define FIREBREAK_INSPECT_ATTACK_LOOKUP_H_

#include <cstddef>

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// LookAtLookup resolves the lookup that starts at `at` ("${") as Log4j's substitution would, for
// lookups that stand for their own text: ${lower:j}, ${upper:j}, ${::-j}, ${env:NAME:-j}. Nesting
// is followed to a fixed depth; deeper is as good as found.
void LookAtLookup(const View& view, size_t at, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_LOOKUP_H_
