// The little of SQL's grammar that tells a statement from words.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_GRAMMAR_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_GRAMMAR_H_

#include <cstddef>

#include "inspect/attack/sql_tokens.h"

namespace firebreak::inspect {

// SqlGrammar answers questions about tokens from one of them on. No call looks at more than a
// fixed number of tokens, but for matching parentheses up to kMaxArguments.
class SqlGrammar {
 public:
  explicit SqlGrammar(const SqlTokens& tokens) : tokens_(tokens) {}

  // Past NOT, signs and opening parentheses.
  size_t SkipUnary(size_t i) const;

  // Past one operand: a literal, a variable, a name with dots, a call or a parenthesis with what it
  // holds. 0: there is none.
  size_t SkipOperand(size_t i) const;

  // Past casts behind an operand: "::int".
  size_t SkipCasts(size_t i) const;

  // Whether operand, comparison, operand follow. `strict`: of such a kind that they are no words of
  // a sentence: both literals, or one of them a call or a query.
  bool IsComparison(size_t i, bool strict) const;

  // Whether a function of the database is called, with arguments that a word in front of a
  // parenthesis does not have.
  bool IsCall(size_t i) const;

  // Whether a name with its parenthesis at once is called; of no function in particular.
  bool IsTightCall(size_t i) const;

  // Whether the token is what stands between two strings of a text that is JSON, read as a string:
  // ["or", [">", ["id", 5]]].
  bool IsStructure(absl::string_view text, size_t i) const;

  // Whether a word of no meaning stands there, with nothing but letters.
  bool IsPlainName(size_t i) const;

  // Whether something is compared with itself: "x=x".
  bool IsSameTwice(size_t i) const;

  // Whether "(" and a SELECT with something to select, or that SELECT alone, follow.
  bool IsQuery(size_t i) const;

  // Whether what follows SELECT at i is a list that a sentence would not have.
  bool IsSelectList(size_t i) const;

  // The last token by which a clause that may follow a value is known as one; 0: it is none.
  // `certain`: the value before has surely ended, so that less evidence is enough.
  size_t ClauseEnd(size_t i, bool certain) const;

  // The same for a statement that begins at i.
  size_t StatementEnd(size_t i) const;

 private:
  static constexpr size_t kMaxArguments = 64;
  static constexpr size_t kMaxUnary = 32;

  SqlKind Kind(size_t i) const { return tokens_[i].kind; }
  SqlWord Word(size_t i) const { return tokens_[i].word; }
  bool IsLiteral(size_t i) const;
  // What follows the first column of a list, and the first table of a FROM.
  bool ColumnGoesOn(size_t i) const;
  bool Ends(size_t i) const;
  // Past a name, dots and all, or nothing.
  size_t SkipName(size_t i) const;
  bool TableGoesOn(size_t i) const;
  // StatementEnd by what it is about: rows, objects and rights, files and programs, procedures.
  size_t RowsEnd(size_t i) const;
  size_t ObjectEnd(size_t i) const;
  size_t DefinitionEnd(size_t i) const;
  size_t GrantEnd(size_t i) const;
  size_t FileEnd(size_t i) const;
  size_t CopyEnd(size_t i) const;
  size_t LoadEnd(size_t i) const;
  static size_t EndIf(bool holds, size_t end);
  bool IsText(size_t i) const;
  bool IsSetting(size_t i) const;
  bool IsProcedure(size_t i) const;
  bool IsTest(size_t i) const;
  size_t ProcedureEnd(size_t i) const;
  size_t SkipParentheses(size_t i) const;

  const SqlTokens& tokens_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_GRAMMAR_H_
