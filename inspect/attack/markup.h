// Cross-site scripting: a value read as HTML, the way a browser forgives it.
#ifndef FIREBREAK_INSPECT_ATTACK_MARKUP_H_
#define FIREBREAK_INSPECT_ATTACK_MARKUP_H_

#include "absl/strings/string_view.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindMarkup reads a value as a browser would, which forgives nearly everything: elements and their
// attributes, wherever one starts. It reports what runs script or loads what the sender chose;
// plain markup is a notice.
void FindMarkup(const View& view, Hits& hits);

// FindAttributes finds event handlers and script URLs for a value that is printed within an
// attribute of somebody else's element.
void FindAttributes(const View& view, Hits& hits);

// HoldsElement: whether the text has an element or its end, but not "<anonymous>" and the like,
// which no browser knows and which have nothing within them.
bool HoldsElement(absl::string_view text);

// IsScriptUrl: whether a URL runs script, or holds a document that may. White space and controls
// within its scheme do not count, as in browsers.
bool IsScriptUrl(absl::string_view url);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_MARKUP_H_
