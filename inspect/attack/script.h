#ifndef FIREBREAK_INSPECT_ATTACK_SCRIPT_H_
#define FIREBREAK_INSPECT_ATTACK_SCRIPT_H_

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindScript finds JavaScript for a value that is printed within a script: calls of the functions
// with which script shows that it runs or reads what is secret. One by itself may be a question to
// a search engine; one right after the end of a string is an attack.
void FindScript(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SCRIPT_H_
