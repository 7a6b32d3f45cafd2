// Template injection: expressions of template engines and of expression languages.
#ifndef FIREBREAK_INSPECT_ATTACK_TEMPLATE_H_
#define FIREBREAK_INSPECT_ATTACK_TEMPLATE_H_

#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindPrototype finds what reaches for the prototype of all objects in JavaScript, where a name or
// a key belongs: __proto__, constructor.prototype.
void FindPrototype(const View& view, Hits& hits);

// FindTemplate finds expressions for template engines and expression languages: {{ }}, ${ }, #{ },
// *{ }, @( ), {% %}, #set, and ${jndi: ...} with whatever hides it. A mere name in braces is a
// placeholder that real traffic has ("${CLICK_ID}", "{{campaign.name}}"); arithmetic, calls and
// the inner names of a runtime are not.
void FindTemplate(const View& view, Hits& hits);
// The inner names (WordGroup::kTemplateName) and statements (WordGroup::kTemplateStatement).
absl::Span<const Needle> TemplateNames();
absl::Span<const Needle> TemplateStatements();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_TEMPLATE_H_
