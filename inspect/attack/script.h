// Script injection: a value that is printed within JavaScript.
#ifndef FIREBREAK_INSPECT_ATTACK_SCRIPT_H_
#define FIREBREAK_INSPECT_ATTACK_SCRIPT_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindScript finds JavaScript for a value that is printed within a script: calls of the functions
// with which script shows that it runs or reads what is secret. One by itself may be a question to
// a search engine; one right after the end of a string is an attack.
void FindScript(const View& view, Hits& hits);
// The functions (WordGroup::kScriptSink) and what is secret (WordGroup::kScriptSecret).
absl::Span<const absl::string_view> ScriptSinks();
absl::Span<const Needle> ScriptSecrets();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SCRIPT_H_
