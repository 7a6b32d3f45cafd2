#include "inspect/attack/sql_anywhere.h"

#include "absl/strings/match.h"

#include "inspect/attack/sql_grammar.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

class Search {
 public:
  Search(const View& view, const SqlTokens& tokens, Hits& hits)
      : view_(view), tokens_(tokens), grammar_(tokens), hits_(hits) {}

  void LookAt(size_t i) {
    const SqlToken& token = tokens_[i];
    switch (token.kind) {
      case SqlKind::kLogic:
        return LookAtLogic(i);
      case SqlKind::kFunction:
        return LookAtFunction(i);
      case SqlKind::kSemicolon:
        return LookAtSemicolon(i);
      case SqlKind::kVariable:
        return LookAtVariable(i);
      case SqlKind::kName:
        if (token.word == SqlWord::kSchemaName) LookAtSchema(i);
        return;
      case SqlKind::kWord:
        return LookAtWord(i);
      default:
        return;
    }
  }

 private:
  SqlKind Kind(size_t i) const { return tokens_[i].kind; }
  SqlWord Word(size_t i) const { return tokens_[i].word; }
  void Hit(Rule rule, size_t i, size_t last) {
    hits_.Add(rule, tokens_[i].begin,
              Kind(last) == SqlKind::kEnd ? view_.text.size() : tokens_[last].end);
  }
  // Whether a sentence stands before it: a database executes no statement there, unless something
  // ends what the sentence is in, for which there are other rules.
  bool IsTold(size_t i) const {
    return WordsIn(view_.text.substr(0, tokens_[i].begin)) >= kSentence;
  }
  void HitStatement(size_t i, size_t last) {
    if (!IsTold(i)) Hit(Rule::kSqlStatement, i, last);
  }
  SqlKind Before(size_t i) const { return i == 0 ? SqlKind::kEnd : Kind(i - 1); }

  // "or 1=1" and its kin: two literals, which nobody compares but to know the outcome.
  void LookAtLogic(size_t i) {
    const size_t left = grammar_.SkipUnary(i + 1);
    const size_t after = grammar_.SkipOperand(left);
    if (after == 0) return;
    size_t compare = after;
    while (Kind(compare) == SqlKind::kClose) ++compare;
    const bool number = Kind(left) == SqlKind::kNumber || Kind(left) == SqlKind::kString;
    const bool sign = Kind(compare) == SqlKind::kCompare && Word(compare) == SqlWord::kNone;
    const size_t right = grammar_.SkipUnary(compare + 1);
    const bool same = Kind(right) == Kind(left) ||
                      (Kind(left) == SqlKind::kString && Kind(right) == SqlKind::kOpenString);
    if (number && sign && same && !grammar_.IsStructure(view_.text, left) && !IsWordBehind(right)) {
      Hit(Rule::kSqlCondition, i, right);
    }
    const bool test =
        Kind(compare) == SqlKind::kCompare && grammar_.IsQuery(right) && right > compare + 1;
    if (test) Hit(Rule::kSqlCondition, i, right);
  }

  // "or 1=1 meaning": no condition goes on with a word, and what follows is no comment.
  bool IsWordBehind(size_t i) const {
    const size_t after = grammar_.SkipOperand(i);
    const absl::string_view before = view_.text.substr(0, tokens_[i].begin);
    return after != 0 && grammar_.IsPlainName(after) && Kind(after + 1) != SqlKind::kOpen &&
           before.find_first_of("'\"`") == absl::string_view::npos;
  }

  // elt(1=1, ...), iif(2>1, ...): a function of a condition whose outcome is known.
  void LookAtFunction(size_t i) {
    if (Word(i) == SqlWord::kTimer) LookAtTimer(i);
    // extractvalue(1, concat(...)): an error that tells.
    const absl::string_view name = tokens_.TextOf(i);
    const bool tells = name == "extractvalue" || name == "updatexml" || name == "xmltype";
    constexpr size_t kArguments = 6;
    for (size_t j = i + 2; tells && j < i + kArguments; ++j) {
      if (Kind(j) == SqlKind::kFunction) return Hit(Rule::kSqlFunction, i, j);
    }
    const size_t argument = grammar_.SkipUnary(i + 1);
    const bool literal = Kind(argument) == SqlKind::kNumber || Kind(argument) == SqlKind::kString;
    if (argument > i + 1 && literal && Kind(argument + 1) == SqlKind::kCompare &&
        Kind(argument + 2) == Kind(argument)) {
      Hit(Rule::kSqlCondition, i, argument + 2);
    }
  }

  // A call that waits: with a number to wait for, and joined to something before it.
  void LookAtTimer(size_t i) {
    const size_t argument = grammar_.SkipUnary(i + 2);
    const SqlKind kind = Kind(argument);
    if (kind != SqlKind::kNumber && kind != SqlKind::kFunction && !grammar_.IsQuery(argument)) {
      return;
    }
    const bool tight = tokens_[i].end == tokens_[i + 1].begin;
    const SqlKind before = Before(i);
    // time.sleep(5) is another language's.
    const bool schema = before == SqlKind::kDot && i > 1 && Word(i - 2) == SqlWord::kSchemaName;
    const bool joined = before == SqlKind::kLogic || before == SqlKind::kCompare ||
                        before == SqlKind::kOpen || before == SqlKind::kSemicolon ||
                        before == SqlKind::kOperator || before == SqlKind::kComma ||
                        before == SqlKind::kWord || schema;
    // Or it is all there is.
    size_t after = grammar_.SkipOperand(i);
    while (Kind(after) == SqlKind::kSemicolon) ++after;
    const bool alone =
        i == 0 && tight && (Kind(after) == SqlKind::kEnd || Kind(after) == SqlKind::kComment);
    if (joined || alone) Hit(Rule::kSqlTiming, i, argument);
  }

  void LookAtSemicolon(size_t i) {
    const size_t end = grammar_.StatementEnd(i + 1);
    if (end != 0) Hit(Rule::kSqlStacked, i, end);
  }

  void LookAtVariable(size_t i) {
    if (Before(i) != SqlKind::kEnd && view_.text.substr(tokens_[i].begin, 9) == "@@version") {
      Hit(Rule::kSqlSchema, i, i);
    }
  }

  void LookAtSchema(size_t i) {
    Hit(Rule::kSqlSchema, i, i);
    if (i > 0 && Word(i - 1) == SqlWord::kFrom) Hit(Rule::kSqlStatement, i - 1, i);
    // dbms_lock.sleep(5), dbms_pipe.receive_message('a',5), ctxsys.drithsx.sn(1,...)
    size_t name = i;
    constexpr size_t kMostTokens = 8;
    while (name < i + kMostTokens && Kind(name + 1) == SqlKind::kDot) name += 2;
    if (name > i && Kind(name + 1) == SqlKind::kOpen) Hit(Rule::kSqlFunction, i, name + 1);
  }

  void LookAtWord(size_t i) {
    switch (Word(i)) {
      case SqlWord::kUnion:
        return LookAtUnion(i);
      case SqlWord::kSelect:
        return LookAtSelect(i);
      case SqlWord::kWaitfor:
        if (Word(i + 1) == SqlWord::kDelay && Kind(i + 2) != SqlKind::kEnd &&
            Kind(i + 2) != SqlKind::kName) {
          Hit(Rule::kSqlTiming, i, i + 2);
        }
        return;
      case SqlWord::kCase:
        return LookAtCase(i);
      case SqlWord::kIf:
        return LookAtFunction(i);
      case SqlWord::kInto:
        if (Word(i + 1) == SqlWord::kOutfile &&
            (Kind(i + 2) == SqlKind::kString || Kind(i + 2) == SqlKind::kOpenString)) {
          Hit(Rule::kSqlClause, i, i + 2);
        }
        return;
      case SqlWord::kInsert:
      case SqlWord::kUpdate:
      case SqlWord::kDelete:
      case SqlWord::kDrop:
      case SqlWord::kTruncate:
      case SqlWord::kExec:
      case SqlWord::kDeclare:
      case SqlWord::kAlter:
        return LookAtStatement(i);
      case SqlWord::kProcedure:
        if (Word(i + 1) == SqlWord::kAnalyse && Kind(i + 2) == SqlKind::kOpen) {
          Hit(Rule::kSqlClause, i, i + 1);
        }
        return;
      default:
        return;
    }
  }

  void LookAtUnion(size_t i) {
    size_t select = i + 1;
    while (Word(select) == SqlWord::kAll || Word(select) == SqlWord::kDistinct ||
           Kind(select) == SqlKind::kOpen || Kind(select) == SqlKind::kComment) {
      ++select;
    }
    if (Word(select) == SqlWord::kTable || Word(select) == SqlWord::kValues) {
      return LookAtUnionOfRows(i, select);
    }
    if (Word(select) != SqlWord::kSelect) return;
    const bool all = Word(i + 1) == SqlWord::kAll || Word(i + 1) == SqlWord::kDistinct;
    // select{x 1}: an escape of ODBC's
    const bool escape =
        tokens_.TextOf(select + 1) == "{" && tokens_[select].end == tokens_[select + 1].begin;
    if (escape || Kind(select + 1) == SqlKind::kComment) {
      return Hit(Rule::kSqlUnion, i, select + 1);
    }
    const SqlKind item = Kind(select + 1);
    const size_t after = grammar_.SkipOperand(select + 1);
    const bool column = item == SqlKind::kName &&
                        (Kind(after) == SqlKind::kComma || Word(after) == SqlWord::kFrom ||
                         Kind(after) == SqlKind::kComment || Kind(after) == SqlKind::kOperator ||
                         (Word(after) == SqlWord::kAs && Kind(after + 1) == SqlKind::kName) ||
                         (Kind(after) == SqlKind::kName && Word(after + 1) == SqlWord::kFrom));
    if (all || column || grammar_.IsSelectList(select)) Hit(Rule::kSqlUnion, i, select + 1);
  }

  // union table users, union values (1, 2), union values row(1)
  void LookAtUnionOfRows(size_t i, size_t rows) {
    const SqlKind next = Kind(rows + 1);
    const SqlKind after = Kind(rows + 2);
    const bool table =
        Word(rows) == SqlWord::kTable && next == SqlKind::kName &&
        (after == SqlKind::kEnd || after == SqlKind::kComment || after == SqlKind::kSemicolon ||
         after == SqlKind::kDot || after == SqlKind::kClose);
    const bool values =
        Word(rows) == SqlWord::kValues && (next == SqlKind::kOpen || next == SqlKind::kFunction);
    if (table || values) Hit(Rule::kSqlUnion, i, rows + 1);
  }

  void LookAtSelect(size_t i) {
    if (!grammar_.IsSelectList(i)) return;
    if (Before(i) == SqlKind::kOpen) return Hit(Rule::kSqlQuery, i, i + 2);
    // A statement by itself: with FROM, or with what has no meaning but to a database.
    const bool call = grammar_.IsCall(i + 1) || Word(i + 1) == SqlWord::kCase;
    const bool at_begin = i == 0 || Before(i) == SqlKind::kSemicolon;
    const bool variable = at_begin && absl::StartsWith(tokens_.TextOf(i + 1), "@@");
    constexpr size_t kLookAhead = 24;
    bool from = false;
    for (size_t j = i + 1; j <= i + kLookAhead && !from; ++j) {
      from = Word(j) == SqlWord::kFrom && grammar_.SkipOperand(j + 1) != 0;
    }
    if (from || variable || (call && at_begin)) HitStatement(i, i + 2);
  }

  // case when <condition> then: no sentence goes on like that with a comparison.
  void LookAtCase(size_t i) {
    const size_t condition = grammar_.SkipUnary(i + 2);
    if (grammar_.IsComparison(condition, true)) Hit(Rule::kSqlCondition, i, condition);
  }

  void LookAtInsert(size_t i) {
    if (Word(i + 1) != SqlWord::kInto || Kind(i + 2) != SqlKind::kName) return;
    size_t after = i + 3;
    while (Kind(after) == SqlKind::kDot &&
           (Kind(after + 1) == SqlKind::kName || Kind(after + 1) == SqlKind::kFunction)) {
      after += 2;
    }
    if (Kind(after) != SqlKind::kOpen && Word(after) != SqlWord::kValues) return;
    HitStatement(i, after);
  }

  void LookAtStatement(size_t i) {
    switch (Word(i)) {
      case SqlWord::kInsert:
        return LookAtInsert(i);
      case SqlWord::kUpdate:
        if (grammar_.StatementEnd(i) != 0) HitStatement(i, i + 4);
        return;
      case SqlWord::kDelete:
        if (Word(i + 1) == SqlWord::kFrom && Word(i + 3) == SqlWord::kWhere &&
            grammar_.IsComparison(i + 4, false)) {
          HitStatement(i, i + 4);
        }
        return;
      case SqlWord::kDrop:
      case SqlWord::kTruncate: {
        const SqlKind after = Kind(i + 3);
        const bool ends =
            after == SqlKind::kEnd || after == SqlKind::kComment || after == SqlKind::kSemicolon;
        if (Word(i + 1) == SqlWord::kTable && Kind(i + 2) == SqlKind::kName && ends) {
          HitStatement(i, i + 2);
        }
        return;
      }
      case SqlWord::kExec:
        if (i == 0 && absl::StartsWith(tokens_.TextOf(1), "sp_")) {
          return HitStatement(0, 1);
        }
        if (Word(i + 1) == SqlWord::kSchemaName || Kind(i + 1) == SqlKind::kVariable ||
            (Kind(i + 1) == SqlKind::kName && Kind(i + 2) == SqlKind::kDot &&
             Kind(i + 3) == SqlKind::kDot)) {
          HitStatement(i, i + 1);
        }
        return;
      case SqlWord::kAlter:  // alter table x add y: all there is
        if (i == 0 && Word(1) == SqlWord::kTable && Kind(2) == SqlKind::kName &&
            (tokens_.TextOf(3) == "add" || Word(3) == SqlWord::kDrop)) {
          Hit(Rule::kSqlStatement, 0, 3);
        }
        return;
      default:  // declare @x
        if (Kind(i + 1) == SqlKind::kVariable) HitStatement(i, i + 1);
        return;
    }
  }

  const View& view_;
  const SqlTokens& tokens_;
  const SqlGrammar grammar_;
  Hits& hits_;
};

}  // namespace

void FindSqlAnywhere(const View& view, const SqlTokens& tokens, Hits& hits) {
  Search search(view, tokens, hits);
  for (size_t i = 0; i < tokens.size(); ++i) search.LookAt(i);
}

}  // namespace firebreak::inspect
