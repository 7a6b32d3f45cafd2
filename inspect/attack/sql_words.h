// The words that mean something to databases.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_WORDS_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_WORDS_H_

#include <cstddef>

#include "absl/strings/string_view.h"

#include "inspect/attack/sql_tokens.h"

namespace firebreak::inspect {

struct SqlMeaning {
  SqlKind kind;
  SqlWord word;
};

// FindSqlWord: what a word in lower case means; null: it is but a name.
const SqlMeaning* FindSqlWord(absl::string_view word);

// All of them.
size_t SqlWordCount();
absl::string_view SqlWordAt(size_t i);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_WORDS_H_
