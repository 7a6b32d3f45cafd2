#ifndef FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_
#define FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_

#include "absl/strings/string_view.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindLdap finds values that end a condition of an LDAP filter (RFC 4515) and begin another.
void FindLdap(const View& view, Hits& hits);

// FindXpath finds expressions over XML documents.
void FindXpath(const View& view, Hits& hits);

// FindNosql finds operators and script of document databases in a value or in the name of a field.
void FindNosql(const View& view, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_QUERY_LANGUAGE_H_
