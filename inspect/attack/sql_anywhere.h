// SQL that needs no quote to end first: what is SQL wherever it stands.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_ANYWHERE_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_ANYWHERE_H_

#include "inspect/attack/sql_tokens.h"
#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindSqlAnywhere finds what is SQL wherever it stands in a value.
void FindSqlAnywhere(const View& view, const SqlTokens& tokens, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_ANYWHERE_H_
