#include "inspect/attack/sql.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/sql_anywhere.h"
#include "inspect/attack/sql_gate.h"
#include "inspect/attack/sql_grammar.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// What ended the value.
enum class End : uint8_t {
  kNothing,  // it may have been a number, or a word
  kQuote,    // a quote of the sender's, so that anything well formed is no accident
  kPair,     // a quote that belongs to one before it: name = "x" and ...
};

// Breakout looks at what follows the end of the value the sender was asked for.
class Breakout {
 public:
  // `quote`: with which the value ended, if with one.
  Breakout(const View& view, const SqlTokens& tokens, End end, char quote, Hits& hits)
      : view_(view),
        tokens_(tokens),
        grammar_(tokens),
        quoted_(end != End::kNothing),
        certain_(end == End::kQuote),
        quote_(quote),
        hits_(hits) {}

  void Look(size_t i) {
    const size_t before = i;
    while (tokens_[i].kind == SqlKind::kClose) ++i;
    const bool closed = i > before;
    const SqlToken& token = tokens_[i];
    LookAtLastComment(i);
    switch (token.kind) {
      case SqlKind::kLogic:
        return LookAtLogic(i);
      case SqlKind::kWord:
      case SqlKind::kName:
        return LookAtClause(i, closed);
      case SqlKind::kCompare:
        return LookAtCompare(i);
      case SqlKind::kOperator:
        return LookAtOperator(i);
      case SqlKind::kComment:
        if (quoted_ || closed) LookAtComment(i, closed);
        return;
      case SqlKind::kSemicolon:
        return LookAtSemicolon(i);
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
        return;
    }
  }

 private:
  void Hit(Rule rule, size_t i, size_t last) {
    hits_.Add(rule, tokens_[i].begin,
              tokens_[last].kind == SqlKind::kEnd ? view_.text.size() : tokens_[last].end);
  }

  SqlKind Kind(size_t i) const { return tokens_[i].kind; }
  bool Ends(size_t i) const { return Kind(i) == SqlKind::kEnd; }

  void LookAtLogic(size_t i) {
    constexpr size_t kMaxConditions = 8;
    for (size_t n = 0; n < kMaxConditions && Kind(i) == SqlKind::kLogic; ++n)
      i = LookAtCondition(i);
  }

  // Returns the token behind the first operand.
  size_t LookAtCondition(size_t i) {
    const size_t operand = grammar_.SkipUnary(i + 1);
    const size_t after = grammar_.SkipOperand(operand);
    if (after == 0 || grammar_.IsStructure(view_.text, operand)) return i + 1;
    const SqlKind first = Kind(operand);
    const SqlKind next = Kind(after);
    // "' or 'x" leaves the last string to the application's quote; "' or 1 --" cuts it off.
    const bool complete = next == SqlKind::kComment || IsOpenEnd(operand, /*empty=*/false) ||
                          IsJoinedToEnd(i, operand, after);
    const bool nested = grammar_.IsTightCall(operand) && Kind(operand + 2) == SqlKind::kFunction;
    const bool call = grammar_.IsCall(operand) || grammar_.IsQuery(operand) || nested;
    const bool compared =
        grammar_.IsComparison(operand, /*strict=*/!certain_) || grammar_.IsSameTwice(operand);
    const bool told = !quoted_ && IsWordBehindComparison(operand);
    const bool truth = StartsWithNumber() && tokens_[operand].word == SqlWord::kTruth &&
                       (Ends(after) || next == SqlKind::kComment);
    const bool cut = !quoted_ && next == SqlKind::kComment &&
                     (first == SqlKind::kNumber ||
                      (tokens_[operand].word == SqlWord::kTruth && CutsByDash(after)));
    if ((certain_ && complete) || call || (compared && !told) || truth || cut) {
      Hit(Rule::kSqlCondition, i, after);
    }
    return after;
  }

  // "or 1=1 meaning": a question about SQL, which itself goes on with no such word.
  bool IsWordBehindComparison(size_t operand) const {
    const size_t compare = grammar_.SkipOperand(operand);
    if (compare == 0 || Kind(compare) != SqlKind::kCompare) return false;
    const size_t after = grammar_.SkipOperand(grammar_.SkipUnary(compare + 1));
    return after != 0 && grammar_.IsPlainName(after) && Kind(after + 1) != SqlKind::kOpen;
  }

  // A string without blanks at the end of the text, for the application's quote to close, which is
  // the one that ended the value: {"name": "Côte d'Or"} has another.
  bool IsOpenEnd(size_t i, bool empty) const {
    return Kind(i) == SqlKind::kOpenString && Ends(i + 1) && tokens_.TextOf(i)[0] == quote_ &&
           tokens_.TextOf(i).find(' ') == absl::string_view::npos &&
           (empty || tokens_[i].end - tokens_[i].begin > 1);
  }

  // "'||user||'", "' or ''-'": the application's quote is part of it.
  bool IsJoinedToEnd(size_t i, size_t operand, size_t after) const {
    const bool concatenated = tokens_.TextOf(i) == "||" && tokens_.TextOf(after) == "||";
    const bool string = Kind(operand) == SqlKind::kString && Kind(after) == SqlKind::kOperator;
    return (concatenated || string) && IsOpenEnd(after + 1, /*empty=*/true);
  }

  // Whether the comment cuts off what the application has behind the value: a sentence goes on, and
  // "#id" is none.
  bool Cuts(size_t i) const {
    constexpr int kMostLetters = 4;
    if (Kind(i) != SqlKind::kComment) return false;
    const absl::string_view comment = tokens_.TextOf(i);
    const bool name = comment[0] == '#' && comment.size() > 1 && !IsBlank(comment[1]);
    return !name && std::count_if(comment.begin(), comment.end(), IsAlnum) <= kMostLetters;
  }

  // "# why" is also a comment of other languages.
  bool CutsByDash(size_t i) const { return Cuts(i) && tokens_.TextOf(i)[0] == '-'; }

  // A key word behind the value, and at the end a comment: what stands between need not be
  // understood.
  void LookAtLastComment(size_t i) {
    constexpr size_t kMostTokens = 16;
    const size_t last = tokens_.size() - 1;
    const SqlKind kind = Kind(i);
    if (!certain_ || i >= last || last > kMostTokens) return;
    if (kind != SqlKind::kWord && kind != SqlKind::kLogic && kind != SqlKind::kCompare) return;
    const bool tight = tokens_[last].begin == tokens_[last - 1].end;
    if (CutsByDash(last) || (tight && Cuts(last))) Hit(Rule::kSqlComment, i, last);
  }

  void LookAtClause(size_t i, bool closed) {
    const SqlGrammar& grammar = grammar_;
    if (tokens_[i].word == SqlWord::kNot && Kind(i + 1) == SqlKind::kCompare) {
      return LookAtCompare(i + 1);
    }
    size_t clause = i;
    // ") as x where ..." names the table that a parenthesis ended.
    if (closed && tokens_[i].word == SqlWord::kAs && tokens_[i + 1].kind == SqlKind::kName) {
      clause = i + 2;
    }
    const bool pair = quoted_ && !certain_;
    const size_t end =
        grammar.ClauseEnd(clause, certain_ || (closed && !pair) || StartsWithNumber());
    const bool told = !quoted_ && !closed && IsWordBehindComparison(grammar.SkipUnary(i + 1));
    if (end != 0 && !told) Hit(Rule::kSqlClause, i, end);
    if (closed && clause != i) Look(clause);
  }

  // A clause after a number is no English sentence; one after a word may be.
  bool StartsWithNumber() const {
    return tokens_[0].kind == SqlKind::kNumber ||
           (tokens_[0].kind == SqlKind::kOperator && tokens_[1].kind == SqlKind::kNumber);
  }

  void LookAtCompare(size_t i) {
    const SqlGrammar& grammar = grammar_;
    const SqlWord word = tokens_[i].word;
    if (certain_ && IsCompared(i)) return Hit(Rule::kSqlCondition, i, i + 1);
    if (word == SqlWord::kLike || word == SqlWord::kIn) {  // rlike (select ...)
      if (tokens_[i + 1].kind == SqlKind::kFunction || grammar.IsQuery(i + 1)) {
        Hit(Rule::kSqlFunction, i, i + 1);
      }
      // "' in boolean mode) ..."
      if (tokens_[i + 1].word == SqlWord::kBoolean && tokens_[i + 2].word == SqlWord::kMode) {
        if (quoted_) Hit(Rule::kSqlClause, i, i + 2);
        if (tokens_[i + 3].kind == SqlKind::kClose) Look(i + 3);
      }
      return;
    }
  }

  // Whether what the value is compared with ends as the application or a comment can end it.
  bool IsCompared(size_t i) const {
    const size_t operand = grammar_.SkipUnary(i + 1);
    const size_t after = grammar_.SkipCasts(grammar_.SkipOperand(operand));
    const bool goes_on = Kind(after) == SqlKind::kLogic || Kind(after) == SqlKind::kCompare;
    const bool cut = Kind(after) == SqlKind::kComment;
    switch (tokens_[i].word) {
      case SqlWord::kIs:
        return (goes_on || cut) && (tokens_[operand].word == SqlWord::kNull ||
                                    tokens_[operand].word == SqlWord::kTruth);
      case SqlWord::kBetween:
        return Kind(after) == SqlKind::kLogic && Kind(after + 1) == Kind(operand) &&
               Kind(after + 2) == SqlKind::kComment;
      case SqlWord::kLike:
        return IsOpenEnd(operand, /*empty=*/false) ||
               (Kind(operand) == SqlKind::kString && (goes_on || cut));
      case SqlWord::kIn:
        return false;  // LookAtLastComment
      default:
        break;
    }
    // "'='" alone makes a comparison of two strings of the application's.
    if (IsOpenEnd(operand, /*empty=*/true)) {
      return tokens_[i].begin <= 2 || tokens_[operand].end - tokens_[operand].begin > 1;
    }
    const bool twice =
        Kind(after) == SqlKind::kCompare && IsOpenEnd(after + 1, /*empty=*/true);  // "'=1='1"
    const bool ends = Kind(after) == SqlKind::kLogic || cut || twice;
    if (Kind(operand) == SqlKind::kNumber) return ends;
    return Kind(operand) == SqlKind::kString && (goes_on || cut);
  }

  void LookAtOperator(size_t i) {
    const SqlGrammar& grammar = grammar_;
    if (certain_ && grammar.SkipCasts(i) > i) return Hit(Rule::kSqlFunction, i, i + 1);
    const size_t operand = grammar.SkipUnary(i + 1);
    const bool call = grammar.IsCall(operand);
    if (call && (quoted_ || tokens_[operand].word == SqlWord::kTimer)) {
      Hit(Rule::kSqlFunction, i, operand);
    }
    // "1^(length(x)=4)"; "2 - 1 = 1" is arithmetic.
    if (operand > i + 1 && Kind(operand - 1) == SqlKind::kOpen &&
        grammar.IsComparison(operand, /*strict=*/true)) {
      Hit(Rule::kSqlCondition, i, operand);
    }
    if (!certain_) return;
    if (IsOpenEnd(operand, /*empty=*/true)) {
      // Nobody asks for "'-'" by itself.
      if (view_.text.size() == 3) Hit(Rule::kSqlCondition, i, operand);
      if (view_.text.size() <= 24) Hit(Rule::kSqlQuoteOperator, i, operand);
    }
    // "1'+0#", "'-0-'", "'+@@version+'"
    const bool value = Kind(operand) == SqlKind::kNumber || Kind(operand) == SqlKind::kVariable;
    const bool joined =
        Kind(operand + 1) == SqlKind::kOperator && IsOpenEnd(operand + 2, /*empty=*/true);
    const bool compared =
        Kind(operand + 1) == SqlKind::kCompare && IsOpenEnd(operand + 2, /*empty=*/true);
    if (value && (Cuts(operand + 1) || joined || compared))
      Hit(Rule::kSqlCondition, i, operand + 1);
  }

  // After a comment nothing counts, so an attacker puts nothing there.
  void LookAtComment(size_t i, bool closed) {
    const absl::string_view comment = tokens_.TextOf(i);
    const bool value_is_short = tokens_[i].begin <= 64;
    if (!Cuts(i) || !value_is_short) return;
    if (!quoted_ && !(closed && comment.size() > 1)) return;
    if (comment[0] != '/' || (certain_ && comment == "/*")) Hit(Rule::kSqlComment, i, i);
  }

  void LookAtSemicolon(size_t i) {
    const SqlGrammar& grammar = grammar_;
    while (tokens_[i].kind == SqlKind::kSemicolon) ++i;
    const size_t end = grammar.StatementEnd(i);
    if (end != 0) return Hit(Rule::kSqlStacked, i, end);
    if (quoted_ && tokens_[i].kind == SqlKind::kComment) LookAtComment(i, true);
  }

  const View& view_;
  const SqlTokens& tokens_;
  const SqlGrammar grammar_;
  const bool quoted_;
  const bool certain_;
  const char quote_;
  Hits& hits_;
};

// What a number or a word in the place of a value may be followed by.
void LookAsIs(const View& view, const SqlTokens& tokens, Hits& hits) {
  size_t i = 0;
  while (tokens[i].kind == SqlKind::kOperator) ++i;  // -1, %
  const SqlKind first = tokens[i].kind;
  if (first == SqlKind::kNumber || first == SqlKind::kString ||
      (first == SqlKind::kName && tokens[i].word == SqlWord::kNone)) {
    ++i;
  }
  while (tokens[i].kind == SqlKind::kOperator && tokens[i].end - tokens[i].begin == 1 &&
         tokens[i + 1].kind == SqlKind::kClose) {
    ++i;  // "1%)"
  }
  const SqlGrammar grammar(tokens);
  const size_t inner = grammar.SkipUnary(0);
  // "(1=2)*3": a value that is a condition.
  const bool condition = tokens[0].kind == SqlKind::kOpen && grammar.IsComparison(inner, true) &&
                         tokens[inner + 3].kind == SqlKind::kClose &&
                         tokens[inner + 4].kind == SqlKind::kOperator;
  if (condition) hits.Add(Rule::kSqlCondition, tokens[inner].begin, tokens[inner + 2].end);
  Breakout(view, tokens, End::kNothing, '\0', hits).Look(i);
}

// Any of the first quotes may be the one that ends the value: what the application puts together or
// takes out before it may have others.
constexpr size_t kMaxQuotes = 2;

// "1&&1=1", or the no-break space of Latin-1.
bool HasOddSeparator(const View& view) {
  const auto has = [&view](uint32_t of, absl::string_view separator) {
    return (view.classes & of) != 0 && absl::StrContains(view.text, separator);
  };
  return (view.classes & kEqualsClass) != 0 &&
         (has(kAmpersandClass, "&&") || has(kWideClass, "\xa0"));
}

// Reads the tokens from `begin` on; false: there is nothing to find among them.
bool ReadIfWorthIt(const View& view, size_t begin, bool anywhere, SqlTokens& tokens) {
  if (!anywhere) {
    tokens.Read(view.text, begin, kSqlStart);
    if (!MayEndValue(tokens, /*quoted=*/begin > 0)) return false;
    if (tokens.size() < kSqlStart) return true;
  }
  tokens.Read(view.text, begin);
  return true;
}

}  // namespace

void FindSql(const View& view, SqlTokens& tokens, Hits& hits) {
  constexpr uint32_t kNeeds = kSpaceClass | kLineEndClass | kSingleQuoteClass | kDoubleQuoteClass |
                              kOpenClass | kCloseClass | kStarClass | kHashClass | kBacktickClass |
                              kControlClass | kPipeClass;
  if ((view.classes & kNeeds) == 0 && !HasOddSeparator(view)) return;
  const bool anywhere = MayHoldSql(view);
  if (ReadIfWorthIt(view, 0, anywhere, tokens)) {
    if (anywhere) FindSqlAnywhere(view, tokens, hits);
    LookAsIs(view, tokens, hits);
  }
  constexpr struct {
    char quote;
    uint32_t needs;
  } kQuotes[] = {{'\'', kSingleQuoteClass}, {'"', kDoubleQuoteClass}, {'`', kBacktickClass}};
  for (const auto& quote : kQuotes) {
    if ((view.classes & quote.needs) == 0) continue;
    size_t tried = 0;
    bool pair = false;
    ForEach(view.text, quote.quote, [&](size_t end) {
      if (ReadIfWorthIt(view, end + 1, anywhere, tokens)) {
        if (anywhere) FindSqlAnywhere(view, tokens, hits);
        Breakout(view, tokens, pair ? End::kPair : End::kQuote, quote.quote, hits).Look(0);
      }
      pair = BeginsString(view.text, end);
      return ++tried == kMaxQuotes;
    });
  }
}

}  // namespace firebreak::inspect
