// The names of event handlers in HTML, as browsers know them.
#ifndef FIREBREAK_INSPECT_ATTACK_EVENT_NAME_H_
#define FIREBREAK_INSPECT_ATTACK_EVENT_NAME_H_

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// IsEventHandler: whether `name`, in lower case, is "on" and the name of an event of HTML, SVG or
// the DOM, old ones included.
bool IsEventHandler(absl::string_view name);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_EVENT_NAME_H_
