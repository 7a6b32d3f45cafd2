// A tokeniser for what may be a piece of SQL, of any dialect.
#ifndef FIREBREAK_INSPECT_ATTACK_SQL_TOKENS_H_
#define FIREBREAK_INSPECT_ATTACK_SQL_TOKENS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

enum class SqlKind : uint8_t {
  kEnd,
  kNumber,
  kString,      // '...' or "..."
  kOpenString,  // one whose end is not there: the application's own quote ends it
  kVariable,    // @x, @@x
  kName,        // a word that is not in the table, or `quoted` or [bracketed]
  kWord,        // a word of the table: see SqlWord
  kFunction,    // a name of the database's own functions, see kSqlFunctions in the .cc
  kLogic,       // AND OR XOR && ||
  kCompare,     // = <> != < > <= >= <=> and := and words such as LIKE
  kOperator,    // + - * / % | & ^ ~ ! and DIV, MOD
  kOpen,
  kClose,
  kComma,
  kSemicolon,
  kDot,
  kComment,  // one that reaches to the end of the line or of the text; others are white space
  kOther,
};

enum class SqlWord : uint8_t {
  kNone,
  kAll,
  kAnalyse,
  kAs,
  kBegin,
  kBetween,
  kBoolean,
  kBy,
  kCase,
  kCreate,
  kDeclare,
  kDelay,
  kDo,
  kDelete,
  kDistinct,
  kDrop,
  kExec,
  kFrom,
  kGroup,
  kHandler,
  kHaving,
  kIf,
  kIn,
  kInsert,
  kInto,
  kIs,
  kLike,
  kLimit,
  kMode,
  kNot,
  kNull,
  kOrder,
  kOutfile,
  kProcedure,
  kSelect,
  kSet,
  kShutdown,
  kTable,
  kTop,
  kTruth,
  kUnion,
  kUpdate,
  kValues,
  kWaitfor,
  kWhere,
  kAlter,
  kEscape,
  kEnd,
  kJoin,
  kSchemaName,
  kTimer,
  // Words that begin statements, and what these are about. Their kind is kName, since columns and
  // tables have such names, too.
  kAttach,
  kBackup,
  kBulk,
  kCopy,
  kGrant,
  kLoad,
  kLock,
  kMerge,
  kObject,  // VIEW, INDEX, ROLE: what is created and dropped
  kOn,
  kPragma,
  kPrepare,
  kProgram,
  kRename,
  kReplace,
  kTo,
  kTruncate,
  kVacuum,
  kWith,
  kOther
};

struct SqlToken {
  SqlKind kind = SqlKind::kEnd;
  SqlWord word = SqlWord::kNone;
  uint16_t begin = 0;
  uint16_t end = 0;
  uint16_t past = 0;  // of kOpen: the token behind the kClose that matches; 0: there is none
};

// SqlTokens: the tokens of one view, and an endless row of kEnd after them.
class SqlTokens {
 public:
  // Read tokenises text from `begin` on. White space and comments fall away; MySQL's /*! ... */ are
  // code. Linear in the length.
  void Read(absl::string_view text, size_t begin) { Read(text, begin, kMaxView); }
  // The first `most` tokens only; there may be more when size() is that.
  void Read(absl::string_view text, size_t begin, size_t most);

  // What a word by itself is; nothing but a name: {kName, kNone}. `word` is in lower case.
  static SqlToken TokenOf(absl::string_view word);
  // Calls visit(word, token) for all words that are more than names.
  template <typename Visit>
  static void ForEachWord(Visit visit) {
    for (size_t i = 0; i < WordCount(); ++i) visit(WordAt(i), TokenOf(WordAt(i)));
  }

  const SqlToken& operator[](size_t i) const { return i < size_ ? tokens_[i] : end_; }
  // What a token is spelled; empty beyond the last.
  absl::string_view TextOf(size_t i) const {
    return i < size_ ? text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin) : "";
  }
  size_t size() const { return size_; }

 private:
  void Add(SqlKind kind, size_t begin, size_t end, SqlWord word = SqlWord::kNone);
  void MatchParentheses();
  size_t ReadOne(size_t i);
  size_t ReadString(size_t i);
  size_t ReadNumber(size_t i);
  size_t ReadName(size_t i);
  size_t ReadQuotedName(size_t i, char close);
  size_t ReadDollar(size_t i);
  size_t ReadStar(size_t i);
  size_t ReadSign(size_t i);
  size_t ReadDash(size_t i);
  size_t ReadSlash(size_t i);
  size_t ReadLineComment(size_t i);

  static size_t WordCount();
  static absl::string_view WordAt(size_t i);

  absl::string_view text_;
  bool in_conditional_comment_ = false;
  unsigned open_dollars_ = 0;  // strings in dollars without an end
  size_t size_ = 0;
  SqlToken end_;
  SqlToken tokens_[kMaxView + 1];
  uint16_t open_[kMaxView + 1];  // of MatchParentheses
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SQL_TOKENS_H_
