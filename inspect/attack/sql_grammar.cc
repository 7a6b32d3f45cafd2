#include "inspect/attack/sql_grammar.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

#include "inspect/attack/text.h"

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
  const size_t last = i + kMaxArguments;
  const size_t past = tokens_[i].past;
  if (past != 0 && past <= last) return past;
  return std::min(last, tokens_.size());  // an attacker may leave the closing to the application
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

size_t SqlGrammar::SkipCasts(size_t i) const {
  while (tokens_.TextOf(i) == "::" && Kind(i + 1) == SqlKind::kName) i += 2;
  return i;
}

bool SqlGrammar::IsTightCall(size_t i) const {
  return Kind(i) == SqlKind::kName && Kind(i + 1) == SqlKind::kOpen &&
         tokens_[i].end == tokens_[i + 1].begin && tokens_[i + 1].past != 0;
}

bool SqlGrammar::IsComparison(size_t i, bool strict) const {
  const size_t operand = SkipOperand(i);
  if (operand == 0) return false;
  const size_t after = SkipCasts(operand);
  size_t compare = after;
  while (Kind(compare) == SqlKind::kClose) ++compare;
  if (Word(compare) == SqlWord::kNot) ++compare;
  // 1+1=2: arithmetic before the comparison
  while (Kind(compare) == SqlKind::kOperator && IsLiteral(compare + 1)) compare += 2;
  if (Kind(compare) != SqlKind::kCompare) return false;
  if (Word(compare) == SqlWord::kLike && Word(compare + 1) == SqlWord::kLike)
    ++compare;  // sounds like
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
  if ((Kind(i) == SqlKind::kFunction || IsTightCall(i)) && IsLiteral(right)) return true;
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

bool SqlGrammar::IsStructure(absl::string_view text, size_t i) const {
  if (Kind(i) != SqlKind::kString || (text[0] != '[' && text[0] != '{')) return false;
  const absl::string_view string = tokens_.TextOf(i);
  const absl::string_view inner = string.substr(1, string.size() - 2);
  return inner.find_first_of(",:") != absl::string_view::npos &&
         inner.find_first_not_of(",:[]{} ") == absl::string_view::npos;
}

bool SqlGrammar::IsPlainName(size_t i) const {
  if (Kind(i) != SqlKind::kName || Word(i) != SqlWord::kNone) return false;
  const absl::string_view name = tokens_.TextOf(i);
  return name.size() > 1 && std::all_of(name.begin(), name.end(), IsAlpha);
}

bool SqlGrammar::IsSameTwice(size_t i) const {
  if (Kind(i) != SqlKind::kName || Kind(i + 1) != SqlKind::kCompare) return false;
  return Word(i + 1) == SqlWord::kNone && Kind(i + 2) == SqlKind::kName &&
         tokens_.TextOf(i) == tokens_.TextOf(i + 2);
}

bool SqlGrammar::IsQuery(size_t i) const {
  const size_t last = i + kMaxUnary;
  while (i < last && Kind(i) == SqlKind::kOpen) ++i;
  return Word(i) == SqlWord::kSelect && IsSelectList(i);
}

bool SqlGrammar::IsSelectList(size_t i) const {
  ++i;
  while (Word(i) == SqlWord::kAll || Word(i) == SqlWord::kDistinct) ++i;
  if (Word(i) == SqlWord::kTop) i += 2;
  const size_t first = SkipUnary(i);
  if (first > i) {  // "*", "-1", "(1", "(pin)from"
    if (Kind(i) == SqlKind::kOpen && Word(tokens_[i].past) == SqlWord::kFrom) return true;
    return Kind(first) != SqlKind::kName || Kind(i) != SqlKind::kOpen ||
           Kind(first + 1) == SqlKind::kOpen;
  }
  if (Kind(i) == SqlKind::kFunction || Word(i) == SqlWord::kCase) return true;
  if (IsLiteral(i)) {
    return Kind(i) != SqlKind::kNumber || Kind(i + 1) != SqlKind::kName ||
           Word(i + 2) == SqlWord::kFrom || Word(i + 2) == SqlWord::kWhere ||
           Kind(i + 2) == SqlKind::kComma;
  }
  if (IsTightCall(i)) {  // load_extension('x'), lo_export(1, 'x')
    const SqlKind argument = Kind(i + 2);
    if (argument == SqlKind::kString) return true;
    if (argument == SqlKind::kNumber && Kind(i + 3) == SqlKind::kComma) return true;
  }
  return Kind(i) == SqlKind::kName && ColumnGoesOn(SkipOperand(i));
}

bool SqlGrammar::ColumnGoesOn(size_t i) const {
  if (Word(i) == SqlWord::kAs && Kind(i + 1) == SqlKind::kName) i += 2;  // another name for it
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
  // Another name for the table: "from users u where".
  const size_t named = Word(after) == SqlWord::kAs ? after + 1 : after;
  if (Kind(named) == SqlKind::kName && Word(named) == SqlWord::kNone) {
    if (Word(named + 1) == SqlWord::kWhere) return IsComparison(named + 2, false);
    if (Kind(named + 1) == SqlKind::kClose || Kind(named + 1) == SqlKind::kComment ||
        Kind(named + 1) == SqlKind::kSemicolon) {
      return true;
    }
  }
  if (Word(after) == SqlWord::kWhere) return IsComparison(after + 1, false);
  if (Word(after) == SqlWord::kLimit) return Kind(after + 1) == SqlKind::kNumber;
  if (Word(after) == SqlWord::kOrder || Word(after) == SqlWord::kGroup) {
    return Word(after + 1) == SqlWord::kBy;
  }
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
      // "order by noon" is also English.
      const bool end = next == SqlKind::kEnd && Kind(column) == SqlKind::kNumber;
      const bool ends = next == SqlKind::kComment || end || next == SqlKind::kComma ||
                        next == SqlKind::kSemicolon || Word(column + 1) == SqlWord::kHaving ||
                        next == SqlKind::kClose;
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
      return Word(i + 1) == SqlWord::kOutfile || (certain && Kind(i + 1) == SqlKind::kVariable)
                 ? i + 1
                 : 0;
    default:
      return 0;
  }
}

size_t SqlGrammar::StatementEnd(size_t i) const {
  const bool opened = Kind(i) == SqlKind::kOpen;
  while (Kind(i) == SqlKind::kOpen) ++i;
  // (load_file(char(47)))
  if (opened && IsCall(i) && Kind(i + 2) == SqlKind::kFunction) return i + 2;
  for (const size_t end : {RowsEnd(i), ObjectEnd(i), FileEnd(i), ProcedureEnd(i)}) {
    if (end != 0) return end;
  }
  return 0;
}

size_t SqlGrammar::RowsEnd(size_t i) const {
  const SqlKind next = Kind(i + 1);
  const bool into = Word(i + 1) == SqlWord::kInto;
  switch (Word(i)) {
    case SqlWord::kSelect:
      return EndIf(IsSelectList(i), i + 1);
    case SqlWord::kReplace:
    case SqlWord::kMerge:
      return EndIf(into && Kind(i + 2) == SqlKind::kName, i + 2);
    case SqlWord::kInsert: {
      if (into) return i + 2;
      const size_t table = SkipName(i + 1);
      return EndIf(table != 0 && Word(table) == SqlWord::kValues, table);
    }
    case SqlWord::kWith:  // with x as (select
      return EndIf(
          next == SqlKind::kName && Word(i + 2) == SqlWord::kAs && Kind(i + 3) == SqlKind::kOpen,
          i + 3);
    case SqlWord::kDelete:
      return EndIf(Word(i + 1) == SqlWord::kFrom, i + 2);
    case SqlWord::kUpdate:
      return EndIf(next == SqlKind::kName && Word(i + 2) == SqlWord::kSet &&
                       Kind(i + 4) == SqlKind::kCompare,
                   i + 4);
    default:
      return 0;
  }
}

size_t SqlGrammar::EndIf(bool holds, size_t end) { return holds ? end : 0; }

bool SqlGrammar::Ends(size_t i) const {
  return Kind(i) == SqlKind::kEnd || Kind(i) == SqlKind::kComment || Kind(i) == SqlKind::kSemicolon;
}

size_t SqlGrammar::SkipName(size_t i) const {
  if (Kind(i) != SqlKind::kName) return 0;
  ++i;
  while (Kind(i) == SqlKind::kDot && Kind(i + 1) == SqlKind::kName) i += 2;
  return i;
}

size_t SqlGrammar::DefinitionEnd(size_t i) const {
  const bool or_replace = Kind(i + 1) == SqlKind::kLogic && Word(i + 2) == SqlWord::kReplace;
  if (Word(i + 1) == SqlWord::kTable || or_replace) return i + 2;
  if (Word(i + 1) != SqlWord::kObject) return 0;
  const size_t after = SkipName(i + 2);
  const bool goes_on = Kind(after) == SqlKind::kOpen || Word(after) == SqlWord::kAs ||
                       Word(after) == SqlWord::kOn || Word(after) == SqlWord::kWith;
  return EndIf(after != 0 && (Ends(after) || goes_on), after);
}

size_t SqlGrammar::GrantEnd(size_t i) const {
  constexpr size_t kRights = 12;  // tokens in which a list of rights and what they are for ends
  constexpr std::array<SqlWord, 8> kKnown = {SqlWord::kAll,    SqlWord::kSelect, SqlWord::kInsert,
                                             SqlWord::kUpdate, SqlWord::kDelete, SqlWord::kExec,
                                             SqlWord::kCreate, SqlWord::kDrop};
  if (std::find(kKnown.begin(), kKnown.end(), Word(i + 1)) == kKnown.end()) return 0;
  for (size_t j = i + 2; j < i + kRights; ++j) {
    if (Word(j) == SqlWord::kOn || Word(j) == SqlWord::kTo) return j;
  }
  return 0;
}

size_t SqlGrammar::ObjectEnd(size_t i) const {
  switch (Word(i)) {
    case SqlWord::kDrop:
    case SqlWord::kCreate:
    case SqlWord::kAlter:
      return DefinitionEnd(i);
    case SqlWord::kTruncate: {
      if (Word(i + 1) == SqlWord::kTable) return i + 2;
      const size_t after = SkipName(i + 1);
      return EndIf(after != 0 && Ends(after), after);
    }
    case SqlWord::kRename:
    case SqlWord::kLock:
      return EndIf(Word(i + 1) == SqlWord::kTable && Kind(i + 2) == SqlKind::kName, i + 2);
    case SqlWord::kGrant:
      return GrantEnd(i);
    default:
      return 0;
  }
}

bool SqlGrammar::IsText(size_t i) const {
  return Kind(i) == SqlKind::kString || Kind(i) == SqlKind::kOpenString;
}

// copy x from program 'id', copy (select ...) to '/tmp/x'
size_t SqlGrammar::CopyEnd(size_t i) const {
  constexpr size_t kColumns = 24;  // tokens in which the list of a COPY ends
  for (size_t j = i + 2; j < i + kColumns; ++j) {
    if (Word(j) != SqlWord::kFrom && Word(j) != SqlWord::kTo) continue;
    const size_t source = Word(j + 1) == SqlWord::kProgram ? j + 2 : j + 1;
    return EndIf(IsText(source), source);
  }
  return 0;
}

// load 'library', load data infile 'x'
size_t SqlGrammar::LoadEnd(size_t i) const {
  constexpr size_t kWords = 5;
  size_t file = i + 1;
  while (file < i + kWords && Kind(file) == SqlKind::kName) ++file;
  return EndIf(IsText(file), file);
}

size_t SqlGrammar::FileEnd(size_t i) const {
  switch (Word(i)) {
    case SqlWord::kCopy:
      return CopyEnd(i);
    case SqlWord::kAttach: {
      const size_t file = Word(i + 1) == SqlWord::kTable ? i + 2 : i + 1;
      return EndIf(IsText(file) && (Word(file + 1) == SqlWord::kAs || Ends(file + 1)), file);
    }
    case SqlWord::kBackup:
      return EndIf(Word(i + 1) == SqlWord::kTable && SkipName(i + 2) != 0, i + 2);
    case SqlWord::kBulk:
      return EndIf(Word(i + 1) == SqlWord::kInsert && SkipName(i + 2) != 0, i + 2);
    case SqlWord::kLoad:
      return LoadEnd(i);
    case SqlWord::kPragma:
      return EndIf(Kind(i + 1) == SqlKind::kName &&
                       (Kind(i + 2) == SqlKind::kCompare || Kind(i + 2) == SqlKind::kOpen),
                   i + 2);
    case SqlWord::kPrepare: {
      const bool from = Word(i + 2) == SqlWord::kFrom && IsText(i + 3);
      const bool as = Word(i + 2) == SqlWord::kAs && Kind(i + 3) == SqlKind::kWord;
      return EndIf(Kind(i + 1) == SqlKind::kName && (from || as), i + 3);
    }
    case SqlWord::kVacuum:
      return EndIf(Word(i + 1) == SqlWord::kInto && IsText(i + 2), i + 2);
    default:
      return 0;
  }
}

// set global x = 1
bool SqlGrammar::IsSetting(size_t i) const {
  const absl::string_view scope = tokens_.TextOf(i);
  return (scope == "global" || scope == "session" || scope == "local") &&
         Kind(i + 1) == SqlKind::kName && Kind(i + 2) == SqlKind::kCompare;
}

// What is no word behind "exec": sp_who, sys.x, one with arguments or cut off by a comment.
bool SqlGrammar::IsProcedure(size_t i) const {
  if (Kind(i) != SqlKind::kName) return false;
  const SqlKind next = Kind(i + 1);
  return absl::StrContains(tokens_.TextOf(i), "_") || next == SqlKind::kDot ||
         next == SqlKind::kOpen || next == SqlKind::kString || next == SqlKind::kOpenString ||
         next == SqlKind::kVariable || next == SqlKind::kComment;
}

bool SqlGrammar::IsTest(size_t i) const {
  return IsComparison(i, /*strict=*/true) || IsQuery(i) || IsCall(i);
}

size_t SqlGrammar::ProcedureEnd(size_t i) const {
  const SqlKind next = Kind(i + 1);
  switch (Word(i)) {
    case SqlWord::kDeclare:
      return next == SqlKind::kVariable || Kind(i + 2) == SqlKind::kWord ? i + 2 : 0;
    case SqlWord::kSet:
      return next == SqlKind::kVariable || IsSetting(i + 1) ? i + 1 : 0;
    case SqlWord::kDo:  // do $$ begin ... end $$
      return EndIf(next == SqlKind::kString && tokens_.TextOf(i + 1)[0] == '$', i + 1);
    case SqlWord::kExec:
      return EndIf(next == SqlKind::kOpen || next == SqlKind::kVariable || IsProcedure(i + 1),
                   i + 1);
    case SqlWord::kWaitfor:
      return Word(i + 1) == SqlWord::kDelay ? i + 2 : 0;
    case SqlWord::kIf:
    case SqlWord::kCase:
      return EndIf(IsTest(SkipUnary(i + 1)), i + 2);
    case SqlWord::kShutdown:
      return EndIf(Ends(i + 1) || Word(i + 1) == SqlWord::kWith, i + 1);
    case SqlWord::kBegin:
      return Kind(i + 2) == SqlKind::kDot ? i + 2 : 0;
    case SqlWord::kHandler:
      return next == SqlKind::kName ? i + 1 : 0;
    default:
      return 0;
  }
}

}  // namespace firebreak::inspect
