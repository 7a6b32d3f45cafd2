#include "inspect/payload/json_extractor.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace firebreak::inspect {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool IsLiteral(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '+' || c == '.' ||
         c == '_';
}

// The bytes of a string up to a quote, a backslash or a control character.
size_t TextRun(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && text[size] != '"' && text[size] != '\\' &&
         static_cast<uint8_t>(text[size]) >= 0x20) {
    ++size;
  }
  return size;
}

size_t TakeDigits(absl::string_view& text) {
  const size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(size);
  return size;
}

bool TakeOneOf(absl::string_view& text, absl::string_view set) {
  if (text.empty() || set.find(text.front()) == absl::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 8259 section 6.
bool IsNumber(absl::string_view text) {
  TakeOneOf(text, "-");
  const bool zero = !text.empty() && text.front() == '0';
  const size_t digits = TakeDigits(text);
  if (digits == 0 || (zero && digits > 1)) return false;
  if (TakeOneOf(text, ".") && TakeDigits(text) == 0) return false;
  if (TakeOneOf(text, "eE")) {
    TakeOneOf(text, "+-");
    if (TakeDigits(text) == 0) return false;
  }
  return text.empty();
}

}  // namespace

void JsonExtractor::Feed(absl::string_view piece) {
  while (!piece.empty()) Step(piece);
}

void JsonExtractor::Step(absl::string_view& text) {
  switch (state_) {
    case State::kValue:
    case State::kValueOrEnd:
    case State::kKey:
    case State::kKeyOrEnd:
    case State::kColon:
    case State::kAfter:
    case State::kDone:
      return StepStructure(text);
    case State::kKeyText:
    case State::kStringText:
      return StepText(text);
    case State::kLiteral:
      return StepLiteral(text);
    case State::kBroken:
      writer_.Write(text);
      text = {};
      return;
  }
}

void JsonExtractor::StepStructure(absl::string_view& text) {
  const char c = text.front();
  if (IsSpace(c)) {
    text.remove_prefix(1);
    return;
  }
  if (!Structure(c)) {
    const bool too_deep = depth_ == levels_.size() && (c == '{' || c == '[');  // was reported
    if (c == '\0') {
      report_.Tell(Oddity::kCharset);  // UTF-16 and UTF-32 have them at every character
    } else if (!too_deep) {
      report_.Tell(state_ == State::kDone ? Oddity::kJsonTrailing : Oddity::kJsonSyntax);
    }
    Break();
    return;
  }
  // A literal has no opening mark of its own.
  if (state_ != State::kLiteral) text.remove_prefix(1);
}

bool JsonExtractor::Structure(char c) {
  switch (state_) {
    case State::kValueOrEnd:
      if (c == ']') return Close(/*list=*/true);
      return BeginValue(c);
    case State::kValue:
      return BeginValue(c);
    case State::kKeyOrEnd:
      if (c == '}') return Close(/*list=*/false);
      [[fallthrough]];
    case State::kKey:
      if (c != '"') return false;
      BeginKey();
      return true;
    case State::kColon:
      if (c != ':') return false;
      state_ = State::kValue;
      return true;
    case State::kAfter:
      if (c == ',') {
        state_ = levels_[depth_ - 1].list ? State::kValue : State::kKey;
        return true;
      }
      return (c == ']' || c == '}') && Close(c == ']');
    case State::kDone:
      if (!options_.lines) report_.Tell(Oddity::kJsonTrailing);
      return BeginValue(c);
    case State::kKeyText:
    case State::kStringText:
    case State::kLiteral:
    case State::kBroken:
      return false;
  }
  return false;
}

bool JsonExtractor::BeginValue(char c) {
  if (c == '{' || c == '[') return Open(c == '[');
  if (c == '"') {
    BeginString();
    return true;
  }
  if (!IsLiteral(c)) return false;
  report_.Above(Oddity::kJsonElements, limits_.max_json_elements, ++total_values_);
  writer_.Begin(Place::kJson, path_.text());
  literal_size_ = 0;
  state_ = State::kLiteral;
  return true;
}

bool JsonExtractor::Open(bool list) {
  report_.Above(Oddity::kJsonElements, limits_.max_json_elements, ++total_values_);
  report_.Above(Oddity::kJsonDepth, std::min<uint64_t>(limits_.max_json_depth, kMaxDepth),
                depth_ + uint64_t{1});
  if (depth_ == levels_.size()) return false;
  levels_[depth_++] = {.path_size = path_.size(), .first_key = key_count_, .list = list};
  if (list) path_.Append("[]");
  state_ = list ? State::kValueOrEnd : State::kKeyOrEnd;
  return true;
}

bool JsonExtractor::Close(bool list) {
  if (depth_ == 0 || levels_[depth_ - 1].list != list) return false;
  const Level& level = levels_[--depth_];
  path_.CutTo(level.path_size);
  key_count_ = level.first_key;
  EndValue();
  return true;
}

void JsonExtractor::EndValue() {
  if (depth_ == 0) {
    state_ = State::kDone;
    return;
  }
  state_ = State::kAfter;
  const Level& level = levels_[depth_ - 1];
  if (!level.list) path_.CutTo(level.path_size);
}

void JsonExtractor::BeginKey() {
  report_.Above(Oddity::kJsonKeys, limits_.max_json_keys, ++total_keys_);
  writer_.Begin(Place::kJson, path_.text(), /*is_name=*/true);
  path_.Append('.');
  key_hash_ = NameHash();
  state_ = State::kKeyText;
}

void JsonExtractor::EndKey() {
  report_.Above(Oddity::kJsonNameSize, limits_.max_name_bytes, writer_.size());
  writer_.End();
  state_ = State::kColon;
  const auto begin = keys_.begin() + levels_[depth_ - 1].first_key;
  const auto end = keys_.begin() + key_count_;
  if (std::find(begin, end, key_hash_.value()) != end) {
    report_.Tell(Oddity::kDuplicateKey);
  } else if (key_count_ < keys_.size()) {
    keys_[key_count_++] = key_hash_.value();
  }
}

bool JsonExtractor::IsGraphqlQuery() const {
  return options_.graphql && (path_.text() == "$.query" || path_.text() == "$[].query");
}

void JsonExtractor::BeginString() {
  report_.Above(Oddity::kJsonElements, limits_.max_json_elements, ++total_values_);
  state_ = State::kStringText;
  if (IsGraphqlQuery()) {
    query_.emplace(limits_, sink_, report_);
  } else {
    writer_.Begin(Place::kJson, path_.text());
  }
}

void JsonExtractor::EndString() {
  if (query_.has_value()) {
    query_->End();
    query_.reset();
  } else {
    report_.Above(Oddity::kJsonStringSize, limits_.max_value_bytes, writer_.size());
    writer_.End();
  }
  EndValue();
}

void JsonExtractor::StepText(absl::string_view& text) {
  const char c = text.front();
  const auto put = [this](char byte) { PutText(byte); };
  if (escape_.active()) {
    if (escape_.takes(c)) text.remove_prefix(1);
    if (!escape_.Put(c, put)) report_.Tell(Oddity::kJsonSyntax);
    return;
  }
  if (c == '\\') {
    text.remove_prefix(1);
    escape_.Begin();
    return;
  }
  escape_.Settle(put);
  const size_t run = TextRun(text);
  if (run > 0) {
    WriteText(text.substr(0, run));
    text.remove_prefix(run);
    return;
  }
  text.remove_prefix(1);
  if (c != '"') {
    // A control character; lax parsers take it.
    report_.Tell(c == '\0' ? Oddity::kCharset : Oddity::kJsonSyntax);
    PutText(c);
  } else if (state_ == State::kKeyText) {
    EndKey();
  } else {
    EndString();
  }
}

void JsonExtractor::PutText(char byte) { WriteText(absl::string_view(&byte, 1)); }

void JsonExtractor::WriteText(absl::string_view run) {
  if (query_.has_value()) {
    query_->Feed(run);
    return;
  }
  if (state_ == State::kKeyText) {
    path_.Append(run);
    key_hash_.Add(run);
  }
  if (run.size() == 1) {
    writer_.Put(run.front());
  } else {
    writer_.Write(run);
  }
}

void JsonExtractor::StepLiteral(absl::string_view& text) {
  size_t size = 0;
  while (size < text.size() && IsLiteral(text[size])) ++size;
  for (size_t i = 0; i < size && literal_size_ + i < literal_.size(); ++i) {
    literal_[literal_size_ + i] = text[i];
  }
  literal_size_ += size;
  writer_.Write(text.substr(0, size));
  text.remove_prefix(size);
  if (!text.empty()) EndLiteral();
}

void JsonExtractor::EndLiteral() {
  writer_.End();
  const absl::string_view literal(literal_.data(),
                                  std::min<uint64_t>(literal_size_, literal_.size()));
  // A number of more digits than any machine's is checked as far as it was kept.
  const bool whole = literal_size_ <= literal_.size();
  if (literal == "NaN" || literal == "Infinity" || literal == "-Infinity") {
    report_.Tell(Oddity::kJsonNotFinite);
  } else if (literal != "true" && literal != "false" && literal != "null" && whole &&
             !IsNumber(literal)) {
    report_.Tell(Oddity::kJsonSyntax);
  }
  EndValue();
}

void JsonExtractor::Break() {
  writer_.Begin(Place::kBytes, "");
  state_ = State::kBroken;
}

void JsonExtractor::End() {
  if (state_ == State::kLiteral) EndLiteral();
  if (state_ == State::kStringText || state_ == State::kKeyText) {
    escape_.Settle([this](char byte) { PutText(byte); });
  }
  if (query_.has_value()) query_->End();
  writer_.End();
  if (state_ != State::kDone && state_ != State::kBroken) report_.Tell(Oddity::kJsonTruncated);
}

}  // namespace firebreak::inspect
