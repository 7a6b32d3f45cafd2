#include "policy/workbench/yaml_comments.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "policy/workbench/yaml_entry.h"

namespace firebreak::policy {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Scanner walks the text once. A quote opens a quoted scalar only where a token begins.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::StatusOr<CommentedText> Run();

 private:
  absl::Status OneLine();
  absl::Status Character();
  void Comment();
  void Quoted();
  absl::Status Refuse(absl::string_view what) const {
    return absl::UnimplementedError(absl::StrCat("line ", line_ + 1, ": ", what));
  }
  bool AtLineEnd() const { return at_ >= text_.size() || text_[at_] == '\n'; }
  absl::string_view Rest() const { return text_.substr(at_, text_.find('\n', at_) - at_); }

  absl::string_view text_;
  size_t at_ = 0;
  int line_ = 0;
  bool content_ = false;     // something but blanks came before on this line
  bool token_start_ = true;  // a quote here opens a scalar
  CommentedText result_;
};

void Scanner::Comment() {
  CommentLine comment;
  comment.line = line_;
  comment.text = std::string(absl::StripTrailingAsciiWhitespace(Rest()));
  comment.alone = !content_;
  comment.margin = at_ == 0 || text_[at_ - 1] == '\n';
  result_.comments.push_back(std::move(comment));
  at_ += Rest().size();
}

void Scanner::Quoted() {
  const size_t end = std::min(EndOfQuoted(text_, at_), text_.size());
  for (; at_ < end; ++at_) {
    if (text_[at_] != '\n') continue;
    ++line_;
    result_.blank.push_back(false);
  }
}

absl::Status Scanner::Character() {
  const char c = text_[at_];
  const bool after_blank = at_ == 0 || IsBlank(text_[at_ - 1]) || text_[at_ - 1] == '\n';
  if (c == '#' && after_blank) {
    Comment();
    return absl::OkStatus();
  }
  if (token_start_ && (c == '&' || c == '*')) {
    return Refuse("anchors and aliases are not formatted: write them out");
  }
  if (token_start_ && (c == '|' || c == '>')) {
    return Refuse("a block of text (| or >) is not formatted: write it in quotes");
  }
  if (token_start_ && c == '?' && at_ + 1 < text_.size() && IsBlank(text_[at_ + 1])) {
    return Refuse("a complex key is not formatted");
  }
  if (token_start_ && (c == '"' || c == '\'')) {
    Quoted();
    content_ = true;
    token_start_ = false;
    return absl::OkStatus();
  }
  if (!IsBlank(c)) {
    const bool before_blank =
        at_ + 1 >= text_.size() || IsBlank(text_[at_ + 1]) || text_[at_ + 1] == '\n';
    token_start_ = c == '[' || c == '{' || c == ',' || ((c == ':' || c == '-') && before_blank);
    content_ = true;
  }
  ++at_;
  return absl::OkStatus();
}

absl::Status Scanner::OneLine() {
  content_ = false;
  token_start_ = true;
  const size_t begin = at_;
  if (absl::StartsWith(Rest(), "---")) {
    result_.separators.push_back(line_);
    at_ += 3;
  } else if (absl::StartsWith(Rest(), "%") || absl::StartsWith(Rest(), "...")) {
    return Refuse("a YAML directive or document end is not formatted");
  }
  const int first_line = line_;
  while (!AtLineEnd()) {
    absl::Status status = Character();
    if (!status.ok()) return status;
  }
  if (line_ == first_line) {
    const absl::string_view whole = text_.substr(begin, at_ - begin);
    result_.blank.push_back(absl::StripAsciiWhitespace(whole).empty());
  } else {
    result_.blank.push_back(false);
  }
  return absl::OkStatus();
}

absl::StatusOr<CommentedText> Scanner::Run() {
  while (at_ < text_.size()) {
    absl::Status status = OneLine();
    if (!status.ok()) return status;
    if (at_ < text_.size()) ++at_;
    ++line_;
  }
  return std::move(result_);
}

}  // namespace

absl::StatusOr<CommentedText> ScanComments(absl::string_view text) { return Scanner(text).Run(); }

}  // namespace firebreak::policy
