// FindProbe: names that only who looks for a way in asks a server for.
#ifndef FIREBREAK_INSPECT_ATTACK_PROBE_H_
#define FIREBREAK_INSPECT_ATTACK_PROBE_H_

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// Copies of programs and settings that editors and people leave behind ("index.php~",
// "web.config.old"), keys, folders that servers hide, programs that intruders leave there, and what
// makes a server show the source of a page. One segment of a request's path at a time; no page
// links to these.
void FindProbe(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_PROBE_H_
