// Injection into LDAP filters, XPath and document databases.
#ifndef FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_
#define FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_

#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindLdap finds values that end a condition of an LDAP filter (RFC 4515) and begin another.
void FindLdap(const View& view, Hits& hits);

// FindXpath finds expressions over XML documents.
void FindXpath(const View& view, Hits& hits);
absl::Span<const Needle> XpathMarks();  // WordGroup::kXpath

// FindNosql finds operators and script of document databases in a value or in the name of a field.
void FindNosql(const View& view, Hits& hits);
absl::Span<const Needle> DatabaseScript();  // WordGroup::kDatabaseScript

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_
