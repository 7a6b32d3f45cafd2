// SQL injection: a value read as the part of a statement that it may become.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_H_

#include "inspect/attack/sql_tokens.h"
#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindSql looks for SQL injection. The value is read up to four times: as it is, and as what
// stands within '...', "..." or `...` of a statement, where its first such quote ends the value.
// Whatever can only be SQL is found anywhere; what is also English ("and", "or", "order by") counts
// only where a value ends and where what follows is well-formed SQL. `tokens` is scratch space.
void FindSql(const View& view, SqlTokens& tokens, Hits& hits);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_H_
