#include "inspect/attack/sql.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/sql_anywhere.h"
#include "inspect/attack/sql_gate.h"
#include "inspect/attack/sql_grammar.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// Breakout looks at what follows the end of the value the sender was asked for.
class Breakout {
 public:
  // `quoted`: a quote of the sender's ended the value, so that anything well formed is no accident.
  Breakout(const View& view, const SqlTokens& tokens, bool quoted, Hits& hits)
      : view_(view), tokens_(tokens), quoted_(quoted), hits_(hits) {}

  void Look(size_t i) {
    const size_t before = i;
    while (tokens_[i].kind == SqlKind::kClose) ++i;
    const bool closed = i > before;
    const SqlToken& token = tokens_[i];
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

  void LookAtLogic(size_t i) {
    const SqlGrammar grammar(tokens_);
    const size_t operand = grammar.SkipUnary(i + 1);
    const size_t after = grammar.SkipOperand(operand);
    if (after == 0) return;
    const SqlKind first = tokens_[operand].kind;
    const SqlKind next = tokens_[after].kind;
    // "' or 'x" leaves the last string to the application's quote; "' or 1 --" cuts it off.
    const bool complete =
        next == SqlKind::kComment || (first == SqlKind::kOpenString && !HasBlank(tokens_[operand]));
    const bool call = grammar.IsCall(operand) || grammar.IsQuery(operand);
    const bool compared = grammar.IsComparison(operand, /*strict=*/!quoted_) ||
                          grammar.IsSameTwice(view_.text, operand);
    if ((quoted_ && complete) || call || compared) Hit(Rule::kSqlCondition, i, after);
    if (!quoted_ && next == SqlKind::kComment && first == SqlKind::kNumber) {
      Hit(Rule::kSqlCondition, i, after);
    }
  }

  bool HasBlank(const SqlToken& token) const {
    const absl::string_view text = view_.text.substr(token.begin, token.end - token.begin);
    return text.find(' ') != absl::string_view::npos;
  }

  void LookAtClause(size_t i, bool closed) {
    const SqlGrammar grammar(tokens_);
    size_t clause = i;
    // ") as x where ..." names the table that a parenthesis ended.
    if (closed && tokens_[i].word == SqlWord::kAs && tokens_[i + 1].kind == SqlKind::kName) {
      clause = i + 2;
    }
    const size_t end = grammar.ClauseEnd(clause, quoted_ || closed || StartsWithNumber());
    if (end != 0) Hit(Rule::kSqlClause, i, end);
    if (closed && clause != i) Look(clause);
  }

  // A clause after a number is no English sentence; one after a word may be.
  bool StartsWithNumber() const {
    return tokens_[0].kind == SqlKind::kNumber ||
           (tokens_[0].kind == SqlKind::kOperator && tokens_[1].kind == SqlKind::kNumber);
  }

  void LookAtCompare(size_t i) {
    const SqlGrammar grammar(tokens_);
    const SqlWord word = tokens_[i].word;
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
    if (!quoted_) return;
    const SqlKind operand = tokens_[i + 1].kind;
    const bool ends = operand == SqlKind::kOpenString && tokens_[i + 2].kind == SqlKind::kEnd;
    const bool cut = operand == SqlKind::kNumber && tokens_[i + 2].kind == SqlKind::kComment;
    // "'='" alone makes a comparison of two strings of the application's.
    if ((ends && tokens_[i + 1].end - tokens_[i + 1].begin <= 1 && tokens_[i].begin <= 2) || cut) {
      Hit(Rule::kSqlCondition, i, i + 1);
    }
    if (operand == SqlKind::kString && tokens_[i + 2].kind == SqlKind::kLogic) {
      Hit(Rule::kSqlCondition, i, i + 2);
    }
  }

  void LookAtOperator(size_t i) {
    const SqlGrammar grammar(tokens_);
    const size_t operand = grammar.SkipUnary(i + 1);
    const bool call = grammar.IsCall(operand);
    if (call && (quoted_ || tokens_[operand].word == SqlWord::kTimer)) {
      Hit(Rule::kSqlFunction, i, operand);
    }
    if (!quoted_) return;
    const bool open =
        tokens_[operand].kind == SqlKind::kOpenString && tokens_[operand + 1].kind == SqlKind::kEnd;
    if (open && view_.text.size() <= 24) Hit(Rule::kSqlQuoteOperator, i, operand);
  }

  // After a comment nothing counts, so an attacker puts nothing there; a sentence goes on.
  void LookAtComment(size_t i, bool closed) {
    const absl::string_view comment =
        view_.text.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
    size_t letters = 0;
    for (const char c : comment) letters += IsAlnum(c) ? 1 : 0;
    // "#id" and the like are no comments.
    const bool name = comment[0] == '#' && comment.size() > 1 && !IsBlank(comment[1]);
    if (letters > 4 || name) return;
    const bool value_is_short = tokens_[i].begin <= 64;
    if (!quoted_ && !(closed && comment.size() > 1)) return;
    if (value_is_short && comment[0] != '/') Hit(Rule::kSqlComment, i, i);
  }

  void LookAtSemicolon(size_t i) {
    const SqlGrammar grammar(tokens_);
    while (tokens_[i].kind == SqlKind::kSemicolon) ++i;
    const size_t end = grammar.StatementEnd(i);
    if (end != 0) return Hit(Rule::kSqlStacked, i, end);
    if (quoted_ && tokens_[i].kind == SqlKind::kComment) LookAtComment(i, true);
  }

  const View& view_;
  const SqlTokens& tokens_;
  const bool quoted_;
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
  Breakout(view, tokens, /*quoted=*/false, hits).Look(i);
}

// Any of the first quotes may be the one that ends the value: what the application puts together or
// takes out before it may have others.
constexpr size_t kMaxQuotes = 2;

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
  if ((view.classes & kNeeds) == 0) return;
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
    ForEach(view.text, quote.quote, [&](size_t end) {
      if (ReadIfWorthIt(view, end + 1, anywhere, tokens)) {
        if (anywhere) FindSqlAnywhere(view, tokens, hits);
        Breakout(view, tokens, /*quoted=*/true, hits).Look(0);
      }
      return ++tried == kMaxQuotes;
    });
  }
}

}  // namespace firebreak::inspect
