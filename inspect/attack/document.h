// Attacks on what reads documents and heads: XML entities, injected lines of a header.
#ifndef FIREBREAK_INSPECT_ATTACK_DOCUMENT_H_
#define FIREBREAK_INSPECT_ATTACK_DOCUMENT_H_

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindDocument finds XML that makes its parser load or expand: document types with entities or from
// elsewhere, and inclusions. A document type by itself is what every old page has.
void FindDocument(const View& view, Hits& hits);

// FindHeaderLine finds line ends with a header of a response behind them, and other line ends where
// none belongs.
void FindHeaderLine(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_DOCUMENT_H_
