// What a text must have at least for its SQL to be worth reading. Most texts have none of it.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_GATE_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_GATE_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/attack/attack_words.h"
#include "inspect/attack/sql_tokens.h"
#include "inspect/attack/view.h"

namespace firebreak::inspect {

// MayHoldSql is false only where FindSqlAnywhere finds nothing, wherever in the text it begins.
// Each of its rules starts at a word or sign that is asked for here, in the same conditions.
bool MayHoldSql(const View& view);

// How many tokens say whether what begins with them may be the end of a value and more.
inline constexpr size_t kSqlStart = 3;

// MayEndValue tells whether `tokens`, the first kSqlStart of a text, are such as a value of an
// application's and what may follow it: a condition, a clause, an operator, a comment. `quoted`:
// they stand behind the quote that ended the value.
bool MayEndValue(const SqlTokens& tokens, bool quoted);

struct SqlGateWord {
  WordGroup group = WordGroup::kSqlStatement;
  absl::string_view text;
  bool alone = true;
};

// What MayHoldSql asks for.
std::vector<SqlGateWord> SqlGateWords();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_GATE_H_
