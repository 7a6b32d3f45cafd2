// All attacks at once, over one view.
#ifndef FIREBREAK_INSPECT_ATTACK_ATTACK_H_
#define FIREBREAK_INSPECT_ATTACK_ATTACK_H_

#include "absl/strings/string_view.h"

#include "inspect/attack/sql_tokens.h"
#include "inspect/attack/view.h"

namespace firebreak::inspect {

// What of a field is looked for. Headers with a grammar of their own (Accept, If-None-Match) have
// semicolons, quotes and stars by right; what is logged or passed to programs counts there too.
enum class Scope : uint8_t { kAll, kLoggedOnly };

// FindAttacks runs every parser that the classes of the view's bytes allow. Each is linear in the
// view, or bounded by a constant for each byte of it. `original`: the text in its own case;
// `tokens`: scratch space.
void FindAttacks(const View& view, absl::string_view original, Scope scope, SqlTokens& tokens,
                 Hits& hits);

// MayHoldAttack: whether a text with these classes can hold anything at all.
bool MayHoldAttack(uint32_t classes);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_ATTACK_H_
