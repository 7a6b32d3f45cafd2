#include "inspect/attack/sql_tokens.h"

#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

struct Meaning {
  SqlKind kind;
  SqlWord word;
};

constexpr Meaning Word(SqlWord word) { return {SqlKind::kWord, word}; }
constexpr Meaning Name(SqlWord word) { return {SqlKind::kName, word}; }
constexpr Meaning Compare(SqlWord word) { return {SqlKind::kCompare, word}; }
constexpr Meaning kLogicWord = {SqlKind::kLogic, SqlWord::kNone};
constexpr Meaning kOperatorWord = {SqlKind::kOperator, SqlWord::kNone};
constexpr Meaning kFunctionName = {SqlKind::kFunction, SqlWord::kNone};
constexpr Meaning kTimerName = {SqlKind::kFunction, SqlWord::kTimer};
constexpr Meaning kSchemaWord = {SqlKind::kName, SqlWord::kSchemaName};

// Key words of the dialects in use, the functions that injections call, and the names that only the
// database itself has.
constexpr WordEntry<Meaning> kWords[] = {
    {"all", Word(SqlWord::kAll)},
    {"alter", Word(SqlWord::kAlter)},
    {"analyse", Word(SqlWord::kAnalyse)},
    {"analyze", Word(SqlWord::kAnalyse)},
    {"as", Word(SqlWord::kAs)},
    {"begin", Word(SqlWord::kBegin)},
    {"between", Compare(SqlWord::kBetween)},
    {"boolean", Word(SqlWord::kBoolean)},
    {"by", Word(SqlWord::kBy)},
    {"case", Word(SqlWord::kCase)},
    {"create", Word(SqlWord::kCreate)},
    {"declare", Word(SqlWord::kDeclare)},
    {"delay", Word(SqlWord::kDelay)},
    {"delete", Word(SqlWord::kDelete)},
    {"distinct", Word(SqlWord::kDistinct)},
    {"distinctrow", Word(SqlWord::kDistinct)},
    {"drop", Word(SqlWord::kDrop)},
    {"dumpfile", Word(SqlWord::kOutfile)},
    {"end", Word(SqlWord::kEnd)},
    {"escape", Word(SqlWord::kEscape)},
    {"exec", Word(SqlWord::kExec)},
    {"execute", Word(SqlWord::kExec)},
    {"false", Word(SqlWord::kTruth)},
    {"from", Word(SqlWord::kFrom)},
    {"group", Word(SqlWord::kGroup)},
    {"handler", Word(SqlWord::kHandler)},
    {"having", Word(SqlWord::kHaving)},
    {"if", Word(SqlWord::kIf)},
    {"iif", Word(SqlWord::kIf)},
    {"call", Word(SqlWord::kExec)},
    {"in", Compare(SqlWord::kIn)},
    {"insert", Word(SqlWord::kInsert)},
    {"into", Word(SqlWord::kInto)},
    {"is", Compare(SqlWord::kIs)},
    {"join", Word(SqlWord::kJoin)},
    {"like", Compare(SqlWord::kLike)},
    {"ilike", Compare(SqlWord::kLike)},
    {"rlike", Compare(SqlWord::kLike)},
    {"regexp", Compare(SqlWord::kLike)},
    {"similar", Compare(SqlWord::kLike)},
    {"limit", Word(SqlWord::kLimit)},
    {"mode", Word(SqlWord::kMode)},
    {"not", Word(SqlWord::kNot)},
    {"null", Word(SqlWord::kNull)},
    {"order", Word(SqlWord::kOrder)},
    {"outfile", Word(SqlWord::kOutfile)},
    {"procedure", Word(SqlWord::kProcedure)},
    {"select", Word(SqlWord::kSelect)},
    {"set", Word(SqlWord::kSet)},
    {"shutdown", Word(SqlWord::kShutdown)},
    {"sounds", Compare(SqlWord::kLike)},
    {"table", Word(SqlWord::kTable)},
    {"database", Word(SqlWord::kTable)},
    {"top", Word(SqlWord::kTop)},
    {"true", Word(SqlWord::kTruth)},
    {"truncate", Word(SqlWord::kTruncate)},
    {"attach", Name(SqlWord::kAttach)},
    {"backup", Name(SqlWord::kBackup)},
    {"restore", Name(SqlWord::kBackup)},
    {"bulk", Name(SqlWord::kBulk)},
    {"copy", Name(SqlWord::kCopy)},
    {"grant", Name(SqlWord::kGrant)},
    {"revoke", Name(SqlWord::kGrant)},
    {"load", Name(SqlWord::kLoad)},
    {"lock", Name(SqlWord::kLock)},
    {"merge", Name(SqlWord::kMerge)},
    {"on", Name(SqlWord::kOn)},
    {"pragma", Name(SqlWord::kPragma)},
    {"prepare", Name(SqlWord::kPrepare)},
    {"program", Name(SqlWord::kProgram)},
    {"rename", Name(SqlWord::kRename)},
    {"replace", Name(SqlWord::kReplace)},
    {"to", Name(SqlWord::kTo)},
    {"vacuum", Name(SqlWord::kVacuum)},
    {"with", Name(SqlWord::kWith)},
    {"view", Name(SqlWord::kObject)},
    {"index", Name(SqlWord::kObject)},
    {"role", Name(SqlWord::kObject)},
    {"login", Name(SqlWord::kObject)},
    {"trigger", Name(SqlWord::kObject)},
    {"function", Name(SqlWord::kObject)},
    {"extension", Name(SqlWord::kObject)},
    {"sequence", Name(SqlWord::kObject)},
    {"tablespace", Name(SqlWord::kObject)},
    {"event", Name(SqlWord::kObject)},
    {"except", Word(SqlWord::kUnion)},
    {"minus", Word(SqlWord::kUnion)},
    {"union", Word(SqlWord::kUnion)},
    {"intersect", Word(SqlWord::kUnion)},
    {"update", Word(SqlWord::kUpdate)},
    {"values", Word(SqlWord::kValues)},
    {"waitfor", Word(SqlWord::kWaitfor)},
    {"where", Word(SqlWord::kWhere)},
    {"and", kLogicWord},
    {"or", kLogicWord},
    {"xor", kLogicWord},
    {"div", kOperatorWord},
    {"mod", kOperatorWord},
    {"sleep", kTimerName},
    {"benchmark", kTimerName},
    {"pg_sleep", kTimerName},
    {"randomblob", kTimerName},
    {"generate_series", kTimerName},
    {"ascii", kFunctionName},
    {"bin", kFunctionName},
    {"cast", kFunctionName},
    {"char", kFunctionName},
    {"char_length", kFunctionName},
    {"crypt_key", kFunctionName},
    {"current_setting", kFunctionName},
    {"decode", kFunctionName},
    {"greatest", kFunctionName},
    {"instr", kFunctionName},
    {"least", kFunctionName},
    {"left", kFunctionName},
    {"locate", kFunctionName},
    {"lpad", kFunctionName},
    {"quote", kFunctionName},
    {"right", kFunctionName},
    {"rpad", kFunctionName},
    {"schema", kFunctionName},
    {"session_user", kFunctionName},
    {"strcmp", kFunctionName},
    {"substring_index", kFunctionName},
    {"to_char", kFunctionName},
    {"trim", kFunctionName},
    {"chr", kFunctionName},
    {"coalesce", kFunctionName},
    {"concat", kFunctionName},
    {"concat_ws", kFunctionName},
    {"convert", kFunctionName},
    {"count", kFunctionName},
    {"current_user", kFunctionName},
    {"elt", kFunctionName},
    {"exists", kFunctionName},
    {"exp", kFunctionName},
    {"extractvalue", kFunctionName},
    {"floor", kFunctionName},
    {"gtid_subset", kFunctionName},
    {"hex", kFunctionName},
    {"ifnull", kFunctionName},
    {"isnull", kFunctionName},
    {"json_keys", kFunctionName},
    {"length", kFunctionName},
    {"load_file", kFunctionName},
    {"lower", kFunctionName},
    {"make_set", kFunctionName},
    {"md5", kFunctionName},
    {"mid", kFunctionName},
    {"nullif", kFunctionName},
    {"nvl", kFunctionName},
    {"ord", kFunctionName},
    {"rand", kFunctionName},
    {"regexp_substring", kTimerName},
    {"repeat", kFunctionName},
    {"row", kFunctionName},
    {"row_count", kFunctionName},
    {"substr", kFunctionName},
    {"substring", kFunctionName},
    {"system_user", kFunctionName},
    {"unhex", kFunctionName},
    {"updatexml", kFunctionName},
    {"upper", kFunctionName},
    {"user", kFunctionName},
    {"version", kFunctionName},
    {"xmltype", kFunctionName},
    {"all_tables", kSchemaWord},
    {"all_users", kSchemaWord},
    {"dba_users", kSchemaWord},
    {"dbms_lock", kSchemaWord},
    {"dbms_pipe", kSchemaWord},
    {"dbms_utility", kSchemaWord},
    {"ctxsys", kSchemaWord},
    {"information_schema", kSchemaWord},
    {"msysaccessobjects", kSchemaWord},
    {"msysobjects", kSchemaWord},
    {"openrowset", kSchemaWord},
    {"pg_catalog", kSchemaWord},
    {"pg_read_file", kSchemaWord},
    {"pg_shadow", kSchemaWord},
    {"pg_user", kSchemaWord},
    {"sp_executesql", kSchemaWord},
    {"sp_oacreate", kSchemaWord},
    {"sp_password", kSchemaWord},
    {"sqlite_master", kSchemaWord},
    {"sysadmin", kSchemaWord},
    {"syscolumns", kSchemaWord},
    {"sysdatabases", kSchemaWord},
    {"sysibm", kSchemaWord},
    {"sysmaster", kSchemaWord},
    {"sysobjects", kSchemaWord},
    {"systables", kSchemaWord},
    {"sysusers", kSchemaWord},
    {"user_tables", kSchemaWord},
    {"utl_file", kSchemaWord},
    {"utl_http", kSchemaWord},
    {"utl_inaddr", kSchemaWord},
    {"xp_cmdshell", kSchemaWord},
    {"xp_dirtree", kSchemaWord},
    {"xp_fileexist", kSchemaWord},
    {"xp_regread", kSchemaWord},
};
constexpr WordTable kWordTable(kWords);

bool IsNameStart(char c) { return IsAlpha(c) || c == '_' || IsWide(c); }
bool InName(char c) { return IsNameByte(c) || c == '$' || IsWide(c); }

}  // namespace

SqlToken SqlTokens::TokenOf(absl::string_view word) {
  const Meaning* const meaning = kWordTable.Find(word);
  if (meaning == nullptr) return {.kind = SqlKind::kName};
  return {.kind = meaning->kind, .word = meaning->word};
}

size_t SqlTokens::WordCount() { return std::size(kWords); }
absl::string_view SqlTokens::WordAt(size_t i) { return kWords[i].word; }

void SqlTokens::Read(absl::string_view text, size_t begin, size_t most) {
  text_ = text;
  size_ = 0;
  in_conditional_comment_ = false;
  for (size_t i = begin; i < text.size() && size_ < most;) i = ReadOne(i);
  MatchParentheses();
}

void SqlTokens::MatchParentheses() {
  size_t depth = 0;
  for (size_t i = 0; i < size_; ++i) {
    if (tokens_[i].kind == SqlKind::kOpen) open_[depth++] = static_cast<uint16_t>(i);
    if (tokens_[i].kind != SqlKind::kClose || depth == 0) continue;
    tokens_[open_[--depth]].past = static_cast<uint16_t>(i + 1);
  }
}

void SqlTokens::Add(SqlKind kind, size_t begin, size_t end, SqlWord word) {
  tokens_[size_++] = {.kind = kind,
                      .word = word,
                      .begin = static_cast<uint16_t>(begin),
                      .end = static_cast<uint16_t>(end)};
}

size_t SqlTokens::ReadOne(size_t i) {
  const char c = text_[i];
  if (IsBlank(c) || c == '\0' || c == '\x01' || c == '\x1f') return i + 1;
  if (IsNameStart(c)) return ReadName(i);
  if (IsDigit(c) || (c == '.' && IsDigit(At(text_, i + 1)))) return ReadNumber(i);
  switch (c) {
    case '\'':
    case '"':
      return ReadString(i);
    case '`':
      return ReadQuotedName(i, '`');
    case '[':
      return ReadQuotedName(i, ']');
    case '-':
      return ReadDash(i);
    case '/':
      return ReadSlash(i);
    case '#':
      return ReadLineComment(i);
    case '@': {
      size_t end = i + 1;
      while (end < text_.size() && (InName(text_[end]) || text_[end] == '@')) ++end;
      Add(end == i + 1 ? SqlKind::kOther : SqlKind::kVariable, i, end);
      return end;
    }
    default:
      return ReadSign(i);
  }
}

// A quote within a string is doubled or escaped. An attacker's last string is left open, for the
// application's own quote to close.
size_t SqlTokens::ReadString(size_t i) {
  const char quote = text_[i];
  for (size_t end = i + 1; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
      continue;
    }
    if (text_[end] != quote) continue;
    if (At(text_, end + 1) == quote && end > i + 1) {
      ++end;
      continue;
    }
    Add(SqlKind::kString, i, end + 1);
    return end + 1;
  }
  Add(SqlKind::kOpenString, i, text_.size());
  return text_.size();
}

size_t SqlTokens::ReadNumber(size_t i) {
  size_t end = i;
  bool hex = text_[i] == '0' && (At(text_, i + 1) == 'x' || At(text_, i + 1) == 'b');
  if (hex) end += 2;
  while (end < text_.size()) {
    const char c = text_[end];
    const bool exponent_sign = !hex && (c == '+' || c == '-') && text_[end - 1] == 'e' &&
                               end >= i + 2 && IsDigit(At(text_, end + 1));
    if (!IsDigit(c) && c != '.' && !(hex && c >= 'a' && c <= 'f') && c != 'e' && !exponent_sign) {
      break;
    }
    ++end;
  }
  if (end < text_.size() && InName(text_[end])) {  // "1st", "3d": a name
    while (end < text_.size() && InName(text_[end])) ++end;
    Add(SqlKind::kName, i, end);
    return end;
  }
  Add(SqlKind::kNumber, i, end);
  return end;
}

size_t SqlTokens::ReadName(size_t i) {
  size_t end = i;
  while (end < text_.size() && InName(text_[end])) ++end;
  // x'41', n'text', b'01', e'..', _utf8'..': a string with a prefix.
  if (end - i <= 1 && At(text_, end) == '\'') return ReadString(end);
  const Meaning* const meaning = kWordTable.Find(text_.substr(i, end - i));
  // A function is one only before its parenthesis.
  const bool called = At(text_, SkipBlanks(text_, end)) == '(' || HasAt(text_, end, "/*");
  if (meaning == nullptr || (meaning->kind == SqlKind::kFunction && !called)) {
    Add(SqlKind::kName, i, end);
  } else {
    Add(meaning->kind, i, end, meaning->word);
  }
  return end;
}

size_t SqlTokens::ReadQuotedName(size_t i, char close) {
  constexpr size_t kMaxQuotedName = 64;
  const size_t end = text_.substr(0, i + kMaxQuotedName).find(close, i + 1);
  if (end == absl::string_view::npos) {
    const bool open = close == '`' && i + kMaxQuotedName >= text_.size();
    if (open) {
      Add(SqlKind::kOpenString, i, text_.size());
      return text_.size();
    }
    Add(SqlKind::kOther, i, i + 1);
    return i + 1;
  }
  Add(SqlKind::kName, i, end + 1);
  return end + 1;
}

size_t SqlTokens::ReadLineComment(size_t i) {
  Add(SqlKind::kComment, i, text_.size());
  const size_t line_end = text_.find('\n', i);
  return line_end == absl::string_view::npos ? text_.size() : line_end + 1;
}

size_t SqlTokens::ReadDash(size_t i) {
  if (At(text_, i + 1) == '-') return ReadLineComment(i);
  Add(SqlKind::kOperator, i, i + 1);
  return i + 1;
}

size_t SqlTokens::ReadSlash(size_t i) {
  if (At(text_, i + 1) != '*') {
    Add(SqlKind::kOperator, i, i + 1);
    return i + 1;
  }
  if (At(text_, i + 2) == '!') {
    in_conditional_comment_ = true;
    size_t end = i + 3;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    return end;
  }
  const size_t end = text_.find("*/", i + 2);
  if (end != absl::string_view::npos) return end + 2;
  Add(SqlKind::kComment, i, text_.size());
  return text_.size();
}

size_t SqlTokens::ReadSign(size_t i) {
  const char c = text_[i];
  const char next = At(text_, i + 1);
  const auto add = [this, i](SqlKind kind, size_t size) {
    Add(kind, i, i + size);
    return i + size;
  };
  switch (c) {
    case '(':
      return add(SqlKind::kOpen, 1);
    case ')':
      return add(SqlKind::kClose, 1);
    case ',':
      return add(SqlKind::kComma, 1);
    case ';':
      return add(SqlKind::kSemicolon, 1);
    case '.':
      return add(SqlKind::kDot, 1);
    case '|':
    case '&':
      return next == c ? add(SqlKind::kLogic, 2) : add(SqlKind::kOperator, 1);
    case '=':
      return add(SqlKind::kCompare, 1);
    case '<':
      if (HasAt(text_, i, "<=>")) return add(SqlKind::kCompare, 3);
      return add(SqlKind::kCompare, next == '=' || next == '>' ? 2 : 1);
    case '>':
      return add(SqlKind::kCompare, next == '=' ? 2 : 1);
    case '!':
    case ':':
      if (next == '=') return add(SqlKind::kCompare, 2);
      if (c == ':' && next == ':') return add(SqlKind::kOperator, 2);
      return add(c == '!' ? SqlKind::kOperator : SqlKind::kOther, 1);
    case '*':
      if (next == '/' && in_conditional_comment_) {
        in_conditional_comment_ = false;
        return i + 2;
      }
      return add(SqlKind::kOperator, 1);
    case '+':
    case '%':
    case '^':
    case '~':
      return add(SqlKind::kOperator, 1);
    default:
      return add(SqlKind::kOther, 1);
  }
}

}  // namespace firebreak::inspect
