#include "inspect/attack/sql_gate.h"

#include <algorithm>

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kNone = absl::string_view::npos;

// What the reader of tokens passes over.
bool IsPassedOver(char c) { return IsBlank(c) || c == '\0' || c == '\x01' || c == '\x1f'; }

bool StandsAlone(absl::string_view text, size_t begin, size_t end) {
  return (begin == 0 || !IsNameByte(text[begin - 1])) && !IsNameByte(At(text, end));
}

// A statement or table of the database's own by its first word.
bool BeginsStatement(SqlWord word) {
  switch (word) {
    case SqlWord::kUnion:
    case SqlWord::kSelect:
    case SqlWord::kWaitfor:
    case SqlWord::kInsert:
    case SqlWord::kUpdate:
    case SqlWord::kDelete:
    case SqlWord::kDrop:
    case SqlWord::kTruncate:
    case SqlWord::kExec:
    case SqlWord::kDeclare:
    case SqlWord::kAlter:
    case SqlWord::kOutfile:
    case SqlWord::kAnalyse:
    case SqlWord::kSchemaName:
      return true;
    default:
      return false;
  }
}

// "or 1=1": a sign that compares, and before it what joins conditions.
bool HasJoinedComparison(const View& view) {
  const absl::string_view text = view.text;
  size_t last = text.size();
  while (last > 0 &&
         (ByteClassOf(text[last - 1]) & (kEqualsClass | kLessClass | kGreaterClass)) == 0) {
    --last;
  }
  const absl::string_view before = text.substr(0, last);
  bool joined = before.find("||") != kNone || before.find("&&") != kNone;
  for (const absl::string_view word : {"or", "and", "xor"}) {
    if (joined) break;
    ForEach(before, word, [&](size_t at) {
      joined = StandsAlone(text, at, at + word.size());
      return joined;
    });
  }
  return joined;
}

// "if(1=1", "if not 1=1": behind the word stands what begins an operand.
bool HasIf(absl::string_view text) {
  bool found = false;
  ForEach(text, absl::string_view("if"), [&](size_t at) {
    if (IsNameByte(At(text, at + 2))) return false;
    size_t next = at + 2;
    while (next < text.size() && IsPassedOver(text[next])) ++next;
    const absl::string_view word = text.substr(next, NameEnd(text, next) - next);
    found = next < text.size() && (word.empty() || word == "not" || word == "div" || word == "mod");
    return found;
  });
  return found;
}

bool HasCall(absl::string_view text) {
  bool found = false;
  ForEach(text, '(', [&](size_t at) {
    size_t end = at;
    while (end > 0 && IsBlank(text[end - 1])) --end;
    found = SqlTokens::TokenOf(NameBefore(text, end)).kind == SqlKind::kFunction;
    return found;
  });
  return found;
}

bool HasStatementBehindSemicolon(absl::string_view text) {
  bool found = false;
  ForEach(text, ';', [&](size_t at) {
    size_t begin = at + 1;
    while (begin < text.size() && (IsPassedOver(text[begin]) || text[begin] == '(')) ++begin;
    const absl::string_view word = text.substr(begin, NameEnd(text, begin) - begin);
    const SqlToken token = SqlTokens::TokenOf(word);
    found = token.word != SqlWord::kNone &&
            (token.kind == SqlKind::kWord || token.kind == SqlKind::kName);
    return found;
  });
  return found;
}

// What a clause begins with (SqlGrammar::ClauseEnd).
bool BeginsClause(SqlWord word) {
  switch (word) {
    case SqlWord::kWhere:
    case SqlWord::kHaving:
    case SqlWord::kOrder:
    case SqlWord::kGroup:
    case SqlWord::kLimit:
    case SqlWord::kProcedure:
    case SqlWord::kInto:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool MayHoldSql(const View& view) {
  constexpr uint32_t kComparison = kEqualsClass | kLessClass | kGreaterClass;
  constexpr uint32_t kComment = kSlashClass | kStarClass;
  if (view.Has(WordGroup::kSqlStatement)) return true;
  // A comment hides where words begin and end.
  if ((view.classes & kComment) == kComment && view.text.find("/*") != kNone) return true;
  const bool compares = (view.classes & kComparison) != 0;
  const bool opens = (view.classes & kOpenClass) != 0;
  if (view.Has(WordGroup::kSqlCase) && (compares || opens || view.Has(WordGroup::kSqlComparison))) {
    return true;
  }
  return (compares && HasJoinedComparison(view)) || (opens && HasCall(view.text)) ||
         (view.Has(WordGroup::kSqlIf) && HasIf(view.text)) ||
         ((view.classes & kSemicolonClass) != 0 && HasStatementBehindSemicolon(view.text));
}

bool MayEndValue(const SqlTokens& tokens, bool quoted) {
  const auto unknown = [&tokens](size_t i) { return i + 1 >= kSqlStart && i + 1 >= tokens.size(); };
  size_t i = 0;
  if (!quoted) {
    if (tokens[0].kind == SqlKind::kOpen) return true;
    while (tokens[i].kind == SqlKind::kOperator) ++i;
    const SqlKind value = tokens[i].kind;
    if (value == SqlKind::kNumber || value == SqlKind::kString ||
        (value == SqlKind::kName && tokens[i].word == SqlWord::kNone)) {
      ++i;
    }
    while (tokens[i].kind == SqlKind::kOperator && tokens[i].end - tokens[i].begin == 1 &&
           tokens[i + 1].kind == SqlKind::kClose) {
      ++i;
    }
  }
  const size_t before = i;
  while (tokens[i].kind == SqlKind::kClose) ++i;
  if (unknown(i)) return true;
  switch (tokens[i].kind) {
    case SqlKind::kLogic:
    case SqlKind::kCompare:
    case SqlKind::kOperator:
    case SqlKind::kComment:
    case SqlKind::kSemicolon:
      return true;
    case SqlKind::kWord:
      if (quoted) return true;
      [[fallthrough]];
    case SqlKind::kName:
      return BeginsClause(tokens[i].word) || (i > before && tokens[i].word == SqlWord::kAs);
    case SqlKind::kEnd:
    case SqlKind::kClose:
    case SqlKind::kNumber:
    case SqlKind::kString:
    case SqlKind::kOpenString:
    case SqlKind::kVariable:
    case SqlKind::kFunction:
    case SqlKind::kOpen:
    case SqlKind::kComma:
    case SqlKind::kDot:
    case SqlKind::kOther:
      return false;
  }
  return true;
}

std::vector<SqlGateWord> SqlGateWords() {
  std::vector<SqlGateWord> words;
  SqlTokens::ForEachWord([&words](absl::string_view text, const SqlToken& token) {
    if (BeginsStatement(token.word)) words.push_back({WordGroup::kSqlStatement, text});
    if (token.word == SqlWord::kCase) words.push_back({WordGroup::kSqlCase, text});
    // "in" wants a parenthesis, "is" one of the others.
    const bool compares = token.kind == SqlKind::kCompare && text.size() >= WordScan::kShortestWord;
    if (compares || token.word == SqlWord::kNull || token.word == SqlWord::kTruth) {
      words.push_back({WordGroup::kSqlComparison, text});
    }
  });
  words.push_back({.group = WordGroup::kSqlStatement, .text = "@@version", .alone = false});
  // "if" is too short to be one; what follows it makes it one.
  for (const absl::string_view text :
       {"if ", "if\t", "if\n", "if\r", "if\f", "if\v", "if\x01", "if\x1f",
        "if(", "if+",  "if-",  "if*",  "if/",  "if%",  "if^",    "if~",
        "if!", "if|",  "if&",  "if:",  "if<",  "if'",  "if\"",   "if#"}) {
    words.push_back({.group = WordGroup::kSqlIf, .text = text, .alone = false});
  }
  words.push_back(
      {.group = WordGroup::kSqlIf, .text = absl::string_view("if\0", 3), .alone = false});
  return words;
}

}  // namespace firebreak::inspect
