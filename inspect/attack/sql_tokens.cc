#include "inspect/attack/sql_tokens.h"

#include "inspect/attack/sql_words.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// "1union select", "1or 1=1": some databases end a number where no digit follows.
bool GoesOnBehindNumber(absl::string_view word) {
  const SqlMeaning* const meaning = FindSqlWord(word);
  if (meaning == nullptr) return false;
  return meaning->kind == SqlKind::kLogic || meaning->word == SqlWord::kUnion ||
         meaning->word == SqlWord::kOrder || meaning->word == SqlWord::kHaving ||
         meaning->word == SqlWord::kWhere;
}

bool IsNameStart(char c) { return IsAlpha(c) || c == '_' || IsWide(c); }
bool InName(char c) { return IsNameByte(c) || c == '$' || IsWide(c); }
// The no-break space of Latin-1, which MySQL passes over, and no part of a character of UTF-8.
bool IsLatinBlank(absl::string_view text, size_t i) {
  return text[i] == '\xa0' && (i == 0 || !IsWide(text[i - 1]));
}
bool InNameAt(absl::string_view text, size_t i) {
  return i < text.size() && InName(text[i]) && !(IsWide(text[i]) && IsLatinBlank(text, i));
}

// "?a=union&name=x": an ampersand between the parameters of a URL, and no operator.
bool IsParameter(absl::string_view text, size_t i) {
  if (i == 0 || !(IsNameByte(text[i - 1]) || IsWide(text[i - 1])) || !IsAlpha(At(text, i + 1))) {
    return false;
  }
  const size_t end = NameEnd(text, i + 1);
  return At(text, end) == '=' && At(text, end + 1) != '=';
}

}  // namespace

SqlToken SqlTokens::TokenOf(absl::string_view word) {
  const SqlMeaning* const meaning = FindSqlWord(word);
  if (meaning == nullptr) return {.kind = SqlKind::kName};
  return {.kind = meaning->kind, .word = meaning->word};
}

size_t SqlTokens::WordCount() { return SqlWordCount(); }
absl::string_view SqlTokens::WordAt(size_t i) { return SqlWordAt(i); }

void SqlTokens::Read(absl::string_view text, size_t begin, size_t most) {
  text_ = text;
  size_ = 0;
  in_conditional_comment_ = false;
  open_dollars_ = 0;
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
  if (IsWide(c) && IsLatinBlank(text_, i)) return i + 1;
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
    case '$':
      return ReadDollar(i);
    case '\\':  // \N, which is NULL
      Add(At(text_, i + 1) == 'n' ? SqlKind::kNumber : SqlKind::kOther, i,
          At(text_, i + 1) == 'n' ? i + 2 : i + 1);
      return tokens_[size_ - 1].end;
    case '@': {
      if (At(text_, i + 1) == '>') {  // @>: contains
        Add(SqlKind::kCompare, i, i + 2);
        return i + 2;
      }
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
  if (InNameAt(text_, end)) {
    size_t word_end = end;
    while (InNameAt(text_, word_end)) ++word_end;
    const bool key_word = !hex && GoesOnBehindNumber(text_.substr(end, word_end - end));
    if (!key_word) {  // "1st", "3d": a name
      Add(SqlKind::kName, i, word_end);
      return word_end;
    }
  }
  Add(SqlKind::kNumber, i, end);
  return end;
}

size_t SqlTokens::ReadName(size_t i) {
  size_t end = i;
  while (InNameAt(text_, end)) ++end;
  // x'41', n'text', b'01', e'..': a string with a prefix.
  constexpr absl::string_view kPrefixes = "xnbeu";
  const bool prefix = end - i == 1 && kPrefixes.find(text_[i]) != absl::string_view::npos;
  if (prefix && At(text_, end) == '\'') return ReadString(end);
  const SqlMeaning* const meaning = FindSqlWord(text_.substr(i, end - i));
  // A function is one only before its parenthesis.
  const bool called = At(text_, SkipBlanks(text_, end)) == '(' || HasAt(text_, end, "/*");
  if (meaning == nullptr || (meaning->kind == SqlKind::kFunction && !called)) {
    Add(SqlKind::kName, i, end);
  } else if (meaning->word == SqlWord::kTable && HasAt(text_, end, "()")) {  // database()
    Add(SqlKind::kFunction, i, end);
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

// $$text$$ and $tag$text$tag$ are strings; a dollar by itself is none.
size_t SqlTokens::ReadDollar(size_t i) {
  constexpr size_t kMaxTag = 16;
  constexpr unsigned kMaxOpen = 4;  // so that the whole stays linear
  const size_t tag_end = NameEnd(text_.substr(0, i + kMaxTag), i + 1);
  if (At(text_, tag_end) != '$' || open_dollars_ == kMaxOpen) {
    Add(SqlKind::kOther, i, i + 1);
    return i + 1;
  }
  const absl::string_view tag = text_.substr(i, tag_end + 1 - i);
  const size_t close = text_.find(tag, tag_end + 1);
  const bool closed = close != absl::string_view::npos;
  const size_t end = closed ? close + tag.size() : tag_end + 1;
  open_dollars_ += closed ? 0 : 1;
  Add(closed ? SqlKind::kString : SqlKind::kOther, i, end);
  return end;
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

// ReadStar takes the end of a conditional comment, too.
size_t SqlTokens::ReadStar(size_t i) {
  if (At(text_, i + 1) == '/' && in_conditional_comment_) {
    in_conditional_comment_ = false;
    return i + 2;
  }
  Add(SqlKind::kOperator, i, i + 1);
  return i + 1;
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
      if (c == '&' && IsParameter(text_, i)) return add(SqlKind::kOther, 1);
      return next == c ? add(SqlKind::kLogic, 2) : add(SqlKind::kOperator, 1);
    case '=':
      return add(SqlKind::kCompare, next == '=' ? 2 : 1);
    case '<':
      if (next == '@') return add(SqlKind::kCompare, 2);
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
      return ReadStar(i);
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
