#include "inspect/attack/sql_grammar.h"

namespace firebreak::inspect {

bool SqlGrammar::IsLiteral(size_t i) const {
  const SqlKind kind = Kind(i);
  return kind == SqlKind::kNumber || kind == SqlKind::kString || kind == SqlKind::kOpenString ||
         kind == SqlKind::kVariable || Word(i) == SqlWord::kNull || Word(i) == SqlWord::kTruth;
}

size_t SqlGrammar::SkipUnary(size_t i) const {
  const size_t last = i + kMaxUnary;
  while (i < last &&
         (Kind(i) == SqlKind::kOpen || Kind(i) == SqlKind::kOperator || Word(i) == SqlWord::kNot)) {
    ++i;
  }
  return i;
}

size_t SqlGrammar::SkipParentheses(size_t i) const {
  size_t depth = 0;
  const size_t last = i + kMaxArguments;
  for (; i < last && Kind(i) != SqlKind::kEnd; ++i) {
    if (Kind(i) == SqlKind::kOpen) ++depth;
    if (Kind(i) == SqlKind::kClose && --depth == 0) return i + 1;
  }
  return i;  // an attacker may leave the closing to the application
}

size_t SqlGrammar::SkipOperand(size_t i) const {
  if (IsLiteral(i)) return i + 1;
  if (Kind(i) == SqlKind::kOpen) return SkipParentheses(i);
  if (Word(i) == SqlWord::kSelect || Word(i) == SqlWord::kCase) return i + 1;
  if (Kind(i) != SqlKind::kName && Kind(i) != SqlKind::kFunction) return 0;
  ++i;
  while (Kind(i) == SqlKind::kDot && Kind(i + 1) == SqlKind::kName) i += 2;
  return Kind(i) == SqlKind::kOpen ? SkipParentheses(i) : i;
}

bool SqlGrammar::IsComparison(size_t i, bool strict) const {
  const size_t after = SkipOperand(i);
  if (after == 0) return false;
  size_t compare = after;
  while (Kind(compare) == SqlKind::kClose) ++compare;
  if (Word(compare) == SqlWord::kNot) ++compare;
  // 1+1=2: arithmetic before the comparison
  while (Kind(compare) == SqlKind::kOperator && IsLiteral(compare + 1)) compare += 2;
  if (Kind(compare) != SqlKind::kCompare) return false;
  const size_t right = SkipUnary(compare + 1);
  const bool call =
      Kind(right) == SqlKind::kFunction || IsQuery(right) || Word(right) == SqlWord::kCase;
  switch (Word(compare)) {
    case SqlWord::kIn:
      return Kind(compare + 1) == SqlKind::kOpen && (IsLiteral(right) || call);
    case SqlWord::kIs:
      return Word(right) == SqlWord::kNull || Word(right) == SqlWord::kTruth;
    case SqlWord::kBetween:
      return IsLiteral(right) && Kind(right + 1) == SqlKind::kLogic && IsLiteral(right + 2);
    default:
      break;
  }
  if (call) return true;
  if (IsLiteral(i) && IsLiteral(right)) return true;
  if (Kind(i) == SqlKind::kFunction && IsLiteral(right)) return true;
  return !strict && SkipOperand(right) != 0;
}

bool SqlGrammar::IsCall(size_t i) const {
  if (Kind(i) != SqlKind::kFunction || Kind(i + 1) != SqlKind::kOpen) return false;
  const bool tight = tokens_[i].end == tokens_[i + 1].begin;
  const size_t argument = SkipUnary(i + 2);
  if (argument > i + 2 || IsLiteral(argument) || Kind(argument) == SqlKind::kFunction) return true;
  if (IsQuery(argument)) return true;
  if (Kind(argument) == SqlKind::kClose) return tight;
  const SqlKind next = Kind(argument + 1);
  return Kind(argument) == SqlKind::kName &&
         (next == SqlKind::kComma || next == SqlKind::kDot || (tight && next == SqlKind::kClose));
}

bool SqlGrammar::IsSameTwice(absl::string_view text, size_t i) const {
  if (Kind(i) != SqlKind::kName || Kind(i + 1) != SqlKind::kCompare) return false;
  const auto of = [this, text](size_t token) {
    return text.substr(tokens_[token].begin, tokens_[token].end - tokens_[token].begin);
  };
  return Word(i + 1) == SqlWord::kNone && Kind(i + 2) == SqlKind::kName && of(i) == of(i + 2);
}

bool SqlGrammar::IsQuery(size_t i) const {
  while (Kind(i) == SqlKind::kOpen) ++i;
  return Word(i) == SqlWord::kSelect && IsSelectList(i);
}

bool SqlGrammar::IsSelectList(size_t i) const {
  ++i;
  while (Word(i) == SqlWord::kAll || Word(i) == SqlWord::kDistinct) ++i;
  if (Word(i) == SqlWord::kTop) i += 2;
  const size_t first = SkipUnary(i);
  if (first > i) {  // "*", "-1", "(1"
    return Kind(first) != SqlKind::kName || Kind(i) != SqlKind::kOpen ||
           Kind(first + 1) == SqlKind::kOpen;
  }
  if (Kind(i) == SqlKind::kFunction || Word(i) == SqlWord::kCase) return true;
  if (IsLiteral(i)) {
    return Kind(i) != SqlKind::kNumber || Kind(i + 1) != SqlKind::kName ||
           Word(i + 2) == SqlWord::kFrom || Word(i + 2) == SqlWord::kWhere ||
           Kind(i + 2) == SqlKind::kComma;
  }
  return Kind(i) == SqlKind::kName && ColumnGoesOn(SkipOperand(i));
}

bool SqlGrammar::ColumnGoesOn(size_t i) const {
  if (Word(i) == SqlWord::kWhere) return IsComparison(SkipUnary(i + 1), true);
  if (Word(i) == SqlWord::kFrom) return TableGoesOn(i + 1);
  if (Kind(i) != SqlKind::kComma) return false;
  if (Kind(i + 1) == SqlKind::kFunction || Kind(i + 1) == SqlKind::kNumber) return true;
  const size_t after = SkipOperand(i + 1);
  return after != 0 && (Word(after) == SqlWord::kFrom || Kind(after) == SqlKind::kComma);
}

// "select name from list" is also English, unless a schema, a condition or the end show it.
bool SqlGrammar::TableGoesOn(size_t i) const {
  const size_t after = SkipOperand(i);
  if (after == 0) return false;
  if (Word(i) == SqlWord::kSchemaName || after > i + 1) return true;
  if (Word(after) == SqlWord::kWhere) return IsComparison(after + 1, false);
  if (Word(after) == SqlWord::kLimit) return Kind(after + 1) == SqlKind::kNumber;
  return Kind(after) == SqlKind::kClose || Kind(after) == SqlKind::kComment ||
         Kind(after) == SqlKind::kSemicolon;
}

size_t SqlGrammar::ClauseEnd(size_t i, bool certain) const {
  switch (Word(i)) {
    case SqlWord::kWhere:
    case SqlWord::kHaving: {
      const size_t operand = SkipUnary(i + 1);
      return IsComparison(operand, /*strict=*/!certain) ? operand + 2 : 0;
    }
    case SqlWord::kOrder:
    case SqlWord::kGroup: {
      if (Word(i + 1) != SqlWord::kBy) return 0;
      const size_t column = SkipUnary(i + 2);
      const bool cut = Kind(column) == SqlKind::kNumber && Kind(column + 1) == SqlKind::kComment;
      if (!certain && !cut) return 0;
      const SqlKind next = Kind(column + 1);
      const bool ends = next == SqlKind::kComment || next == SqlKind::kEnd ||
                        next == SqlKind::kComma || next == SqlKind::kSemicolon ||
                        Word(column + 1) == SqlWord::kHaving || next == SqlKind::kClose;
      return SkipOperand(column) != 0 && ends ? column + 1 : 0;
    }
    case SqlWord::kLimit:
      return certain && IsLiteral(i + 1) &&
                     (Kind(i + 2) == SqlKind::kComma || Kind(i + 2) == SqlKind::kComment ||
                      Word(i + 2) == SqlWord::kInto || Word(i + 2) == SqlWord::kUnion)
                 ? i + 2
                 : 0;
    case SqlWord::kProcedure:
      return Word(i + 1) == SqlWord::kAnalyse ? i + 1 : 0;
    case SqlWord::kInto:
      return Word(i + 1) == SqlWord::kOutfile ? i + 1 : 0;
    default:
      return 0;
  }
}

size_t SqlGrammar::StatementEnd(size_t i) const {
  while (Kind(i) == SqlKind::kOpen) ++i;
  const SqlKind next = Kind(i + 1);
  switch (Word(i)) {
    case SqlWord::kSelect:
      return IsSelectList(i) ? i + 1 : 0;
    case SqlWord::kDrop:
    case SqlWord::kCreate:
    case SqlWord::kAlter:
      return Word(i + 1) == SqlWord::kTable ||
                     (next == SqlKind::kLogic && Kind(i + 2) == SqlKind::kName)  // or replace
                 ? i + 2
                 : 0;
    case SqlWord::kInsert:
      return Word(i + 1) == SqlWord::kInto ? i + 2 : 0;
    case SqlWord::kDelete:
      return Word(i + 1) == SqlWord::kFrom ? i + 2 : 0;
    case SqlWord::kUpdate:
      return next == SqlKind::kName && Word(i + 2) == SqlWord::kSet &&
                     Kind(i + 4) == SqlKind::kCompare
                 ? i + 4
                 : 0;
    default:
      return ProcedureEnd(i);
  }
}

size_t SqlGrammar::ProcedureEnd(size_t i) const {
  const SqlKind next = Kind(i + 1);
  switch (Word(i)) {
    case SqlWord::kDeclare:
      return next == SqlKind::kVariable || Kind(i + 2) == SqlKind::kWord ? i + 2 : 0;
    case SqlWord::kSet:
      return next == SqlKind::kVariable ? i + 1 : 0;
    case SqlWord::kExec:
      return next == SqlKind::kOpen || next == SqlKind::kName || next == SqlKind::kVariable ? i + 1
                                                                                            : 0;
    case SqlWord::kWaitfor:
      return Word(i + 1) == SqlWord::kDelay ? i + 2 : 0;
    case SqlWord::kIf:
    case SqlWord::kCase:
      return next == SqlKind::kOpen || IsComparison(i + 1, true) ? i + 2 : 0;
    case SqlWord::kShutdown:
      return next == SqlKind::kComment || next == SqlKind::kEnd || next == SqlKind::kSemicolon
                 ? i + 1
                 : 0;
    case SqlWord::kBegin:
      return Kind(i + 2) == SqlKind::kDot ? i + 2 : 0;
    case SqlWord::kHandler:
      return next == SqlKind::kName ? i + 1 : 0;
    default:
      return 0;
  }
}

}  // namespace firebreak::inspect
