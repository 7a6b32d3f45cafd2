#include "inspect/payload/graphql_extractor.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kIgnored = " \t\r\n,\xEF\xBB\xBF";
// Of documents that are executed; definitions of types have "&" and "|", too.
constexpr absl::string_view kPunctuation = "!().:=@[]";

bool IsNameStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsIn(char c, absl::string_view set) { return set.find(c) != absl::string_view::npos; }

bool BeginsDocument(absl::string_view name) {
  return name == "query" || name == "mutation" || name == "subscription" || name == "fragment";
}

}  // namespace

void GraphqlExtractor::Feed(absl::string_view piece) {
  for (size_t i = 0; i < piece.size();) {
    if (state_ == State::kBroken) {
      writer_.Write(piece.substr(i));
      return;
    }
    if (Take(piece[i])) ++i;
  }
}

bool GraphqlExtractor::Take(char c) {
  switch (state_) {
    case State::kBetween:
      return Between(c);
    case State::kName:
      if (!IsNameStart(c) && !IsDigit(c)) {
        state_ = State::kBetween;
        if (!begun_ && !BeginsDocument(name_.text())) Break(name_.text());
        begun_ = true;
        return false;
      }
      name_.Append(c);
      return true;
    case State::kNumber:
      if (!IsDigit(c) && !IsNameStart(c) && !IsIn(c, ".+-")) {
        EndValue();
        return false;
      }
      writer_.Put(c);
      return true;
    case State::kComment:
      if (c == '\n' || c == '\r') {
        EndValue();
      } else {
        writer_.Put(c);
      }
      return true;
    case State::kQuote:
      state_ = c == '"' ? State::kTwoQuotes : State::kString;
      return c == '"';
    case State::kTwoQuotes:
      if (c == '"') {
        state_ = State::kBlock;
        quotes_ = literal_quotes_ = 0;
        backslash_ = false;
        return true;
      }
      EndValue();
      return false;
    case State::kString:
      return InString(c);
    case State::kBlock:
      InBlock(c);
      return true;
    case State::kBroken:
      return false;
  }
  return true;
}

void GraphqlExtractor::Break(absl::string_view given_back) {
  report_.Tell(Oddity::kGraphqlSyntax);
  writer_.Begin(Place::kGraphql, "");
  writer_.Write(given_back);
  state_ = State::kBroken;
}

bool GraphqlExtractor::Between(char c) {
  if (variable_ && !IsNameStart(c)) {
    Break("$");
    return false;
  }
  variable_ = false;
  if (IsNameStart(c)) {
    report_.Above(Oddity::kGraphqlFields, limits_.max_graphql_fields, ++names_);
    name_.CutTo(0);
    state_ = State::kName;
    return false;
  }
  if (!begun_ && c != '{' && c != '#' && !IsIn(c, kIgnored)) {
    Break("");
    return false;
  }
  if (IsDigit(c) || c == '-') {
    BeginValue(State::kNumber);
    return false;
  }
  if (c == '"') {
    BeginValue(State::kQuote);
    return true;
  }
  if (c == '#') {
    writer_.Begin(Place::kGraphql, "#");
    state_ = State::kComment;
    return true;
  }
  if (c == '{') {
    report_.Above(Oddity::kGraphqlDepth, limits_.max_graphql_depth, ++depth_);
    begun_ = true;
    return true;
  }
  if (c == '$') {
    variable_ = true;
    return true;
  }
  if (c == '}' && depth_ > 0) {
    --depth_;
    return true;
  }
  if (IsIn(c, kIgnored) || IsIn(c, kPunctuation)) return true;
  Break("");
  return false;
}

bool GraphqlExtractor::InString(char c) {
  const auto put = [this](char byte) { writer_.Put(byte); };
  if (escape_.active()) {
    const bool taken = escape_.takes(c);
    if (!escape_.Put(c, put)) report_.Tell(Oddity::kGraphqlSyntax);
    return taken;
  }
  if (c == '\\') {
    escape_.Begin();
    return true;
  }
  escape_.Settle(put);
  if (c == '"') {
    EndValue();
    return true;
  }
  if (c == '\n' || c == '\r') report_.Tell(Oddity::kGraphqlSyntax);
  writer_.Put(c);
  return true;
}

void GraphqlExtractor::InBlock(char c) {
  if (c == '"' && backslash_) literal_quotes_ = 3;
  backslash_ = c == '\\';
  if (c == '"' && literal_quotes_ == 0) {
    if (++quotes_ == 3) EndValue();
    return;
  }
  for (; quotes_ > 0; --quotes_) writer_.Put('"');
  writer_.Put(c);
  literal_quotes_ = c == '"' ? literal_quotes_ - 1 : 0;
}

void GraphqlExtractor::BeginValue(State state) {
  writer_.Begin(Place::kGraphql, name_.text());
  state_ = state;
}

void GraphqlExtractor::EndValue() {
  writer_.End();
  state_ = State::kBetween;
}

void GraphqlExtractor::End() {
  if (state_ == State::kName && !begun_ && !BeginsDocument(name_.text())) Break(name_.text());
  if (state_ == State::kString) escape_.Settle([this](char byte) { writer_.Put(byte); });
  if (state_ == State::kBlock) {
    for (; quotes_ > 0; --quotes_) writer_.Put('"');
  }
  writer_.End();
}

}  // namespace firebreak::inspect
