#include "inspect/payload/xml_extractor.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kCommentStart = "--";
constexpr absl::string_view kCdataStart = "[CDATA[";
constexpr absl::string_view kDoctypeStart = "DOCTYPE";

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool IsNameStart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalpha(byte) || c == '_' || c == ':' || byte >= 0x80;
}

// The last bytes of a text as one number, for finding marks in it.
constexpr uint64_t MarkOf(absl::string_view mark) {
  uint64_t value = 0;
  for (const char c : mark) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}
constexpr uint64_t MaskOf(absl::string_view mark) {
  return mark.size() >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * mark.size())) - 1;
}
bool EndsIn(uint64_t last_bytes, absl::string_view mark) {
  return (last_bytes & MaskOf(mark)) == MarkOf(mark);
}

}  // namespace

void XmlExtractor::Feed(absl::string_view piece) {
  for (size_t i = 0; i < piece.size();) {
    if (state_ == State::kBroken) {
      writer_.Write(piece.substr(i));
      return;
    }
    if (Take(piece[i])) ++i;
  }
}

bool XmlExtractor::Take(char c) {
  switch (state_) {
    case State::kText:
      return InText(c);
    case State::kTagOpen:
      return TagOpen(c);
    case State::kName:
      return InName(c);
    case State::kInTag:
      return InTag(c);
    case State::kAttributeName:
      return AttributeName(c);
    case State::kBeforeEquals:
      if (IsSpace(c)) return true;
      state_ = State::kBeforeValue;
      return c == '=' || Refuse();
    case State::kBeforeValue:
      if (IsSpace(c)) return true;
      if (c != '"' && c != '\'') return Refuse();
      quote_ = c;
      writer_.Begin(Place::kXml, path_.text());
      state_ = State::kValue;
      return true;
    case State::kValue:
      return InValue(c);
    case State::kEmptyTag:
      if (c != '>') return Refuse();
      CloseElement();
      return true;
    case State::kEndTag:
      return InEndTag(c);
    case State::kBang:
      return Bang(c);
    case State::kComment:
      UntilMark(c, "-->");
      return true;
    case State::kCdata:
      UntilMark(c, "]]>");
      return true;
    case State::kInstruction:
      UntilMark(c, "?>");
      return true;
    case State::kDoctype:
      InDoctype(c);
      return true;
    case State::kBroken:
      return false;
  }
  return true;
}

bool XmlExtractor::InText(char c) {
  const auto put = [this](char byte) { PutText(byte); };
  if (reference_.active()) {
    if (!XmlReference::Ends(c)) {
      if (!reference_.Put(c, put)) report_.Tell(Oddity::kXmlEntity);
      return true;
    }
    reference_.Finish(put);
    report_.Tell(Oddity::kXmlSyntax);
  }
  if (c == '<') {
    state_ = State::kTagOpen;
    return true;
  }
  if (!writer_.open() && IsSpace(c)) return true;
  if (depth_ == 0) return Refuse();
  if (c == '&') {
    reference_.Begin();
  } else {
    PutText(c);
  }
  return true;
}

void XmlExtractor::PutText(char c) {
  if (!writer_.open()) writer_.Begin(Place::kXml, path_.text());
  writer_.Put(c);
}

bool XmlExtractor::TagOpen(char c) {
  if (c == '!') {
    bang_size_ = 0;
    state_ = State::kBang;
    return true;
  }
  if (c == '?') {
    BeginRaw(State::kInstruction, "?");
    return true;
  }
  if (c == '/') {
    writer_.End();
    name_ = NameHash();
    state_ = State::kEndTag;
    return true;
  }
  if (IsNameStart(c)) {
    report_.Above(Oddity::kXmlNodes, limits_.max_xml_nodes, ++nodes_);
    attributes_ = 0;
    BeginName(State::kName, "/");
    return false;
  }
  if (c == '\0') report_.Tell(Oddity::kTextEncoding);
  Refuse();
  writer_.Put('<');
  return false;
}

void XmlExtractor::BeginName(State state, absl::string_view joint) {
  writer_.Begin(Place::kXml, path_.text(), /*is_name=*/true);
  parent_path_ = path_.size();
  path_.Append(joint);
  name_ = NameHash();
  state_ = state;
}

void XmlExtractor::PutName(char c) {
  path_.Append(c);
  name_.Add(c);
  writer_.Put(c);
}

bool XmlExtractor::InName(char c) {
  if (!IsSpace(c) && c != '/' && c != '>') {
    if (c == '<') return Refuse();
    PutName(c);
    return true;
  }
  writer_.End();
  report_.Above(Oddity::kXmlDepth, std::min<uint64_t>(limits_.max_xml_depth, kMaxDepth),
                depth_ + uint64_t{1});
  if (depth_ == levels_.size()) return Break();
  levels_[depth_++] = {.name = name_.value(), .path_size = parent_path_};
  state_ = State::kInTag;
  return false;
}

bool XmlExtractor::InTag(char c) {
  if (IsSpace(c)) return true;
  if (c == '>') {
    state_ = State::kText;
    return true;
  }
  if (c == '/') {
    state_ = State::kEmptyTag;
    return true;
  }
  if (!IsNameStart(c)) return Refuse();
  report_.Above(Oddity::kXmlAttributes, limits_.max_xml_attributes, ++attributes_);
  BeginName(State::kAttributeName, "/@");
  return false;
}

bool XmlExtractor::AttributeName(char c) {
  if (c == '>' || c == '<' || c == '/') return Refuse();
  if (!IsSpace(c) && c != '=') {
    PutName(c);
    return true;
  }
  writer_.End();
  state_ = State::kBeforeEquals;
  return false;
}

bool XmlExtractor::InValue(char c) {
  const auto put = [this](char byte) { writer_.Put(byte); };
  if (reference_.active()) {
    if (!XmlReference::Ends(c)) {
      if (!reference_.Put(c, put)) report_.Tell(Oddity::kXmlEntity);
      return true;
    }
    reference_.Finish(put);
    report_.Tell(Oddity::kXmlSyntax);
  }
  if (c == quote_) {
    writer_.End();
    path_.CutTo(parent_path_);
    state_ = State::kInTag;
    return true;
  }
  if (c == '&') {
    reference_.Begin();
    return true;
  }
  if (c == '<') report_.Tell(Oddity::kXmlSyntax);
  writer_.Put(c);
  return true;
}

bool XmlExtractor::InEndTag(char c) {
  if (c != '>') {
    if (!IsSpace(c)) name_.Add(c);
    return true;
  }
  if (depth_ == 0 || levels_[depth_ - 1].name != name_.value()) report_.Tell(Oddity::kXmlSyntax);
  if (depth_ == 0) {
    state_ = State::kText;
  } else {
    CloseElement();
  }
  return true;
}

void XmlExtractor::CloseElement() {
  path_.CutTo(levels_[--depth_].path_size);
  state_ = State::kText;
}

bool XmlExtractor::Bang(char c) {
  bang_[bang_size_++] = c;
  const absl::string_view seen(bang_.data(), bang_size_);
  if (seen == kCommentStart) {
    // Left out in the midst of text, so that this is seen as the application will see it.
    raw_shown_ = !writer_.open();
    if (raw_shown_) writer_.Begin(Place::kXml, "#comment");
    state_ = State::kComment;
    held_ = 0;
    return true;
  }
  if (seen == kCdataStart && depth_ > 0) {
    raw_shown_ = true;
    if (!writer_.open()) writer_.Begin(Place::kXml, path_.text());
    state_ = State::kCdata;
    held_ = 0;
    return true;
  }
  if (absl::EqualsIgnoreCase(seen, kDoctypeStart)) {
    report_.Tell(Oddity::kXmlDoctype);
    BeginRaw(State::kDoctype, "!DOCTYPE");
    // Rules tell a document type by its beginning.
    writer_.Write("<!DOCTYPE");
    quote_ = 0;
    in_subset_ = in_comment_ = false;
    last_bytes_ = 0;
    return true;
  }
  if (absl::StartsWith(kCommentStart, seen) || absl::StartsWith(kCdataStart, seen) ||
      absl::StartsWithIgnoreCase(kDoctypeStart, seen)) {
    return true;
  }
  Refuse();
  writer_.Write("<!");
  writer_.Write(seen);
  return true;
}

void XmlExtractor::BeginRaw(State state, absl::string_view name) {
  writer_.Begin(Place::kXml, name);
  raw_shown_ = true;
  held_ = 0;
  state_ = state;
}

// UntilMark looks for "-->", "]]>" or "?>"; the bytes before ">" are the same in each.
void XmlExtractor::UntilMark(char c, absl::string_view mark) {
  const size_t wanted = mark.size() - 1;
  if (c == mark.front()) {
    if (held_ < wanted) {
      ++held_;
    } else if (raw_shown_) {
      writer_.Put(c);  // one more of them: the first is no part of the mark
    }
    return;
  }
  if (c == '>' && held_ == wanted) {
    // CDATA is text, and goes on as such.
    const bool text_goes_on = state_ == State::kCdata || !raw_shown_;
    if (!text_goes_on) writer_.End();
    held_ = 0;
    state_ = State::kText;
    return;
  }
  for (; held_ > 0; --held_) {
    if (raw_shown_) writer_.Put(mark.front());
  }
  if (raw_shown_) writer_.Put(c);
}

void XmlExtractor::InDoctype(char c) {
  last_bytes_ = last_bytes_ << 8 | static_cast<uint8_t>(c);
  if (in_comment_) {
    in_comment_ = !EndsIn(last_bytes_, "-->");
  } else if (quote_ != 0) {
    if (c == quote_) quote_ = 0;
  } else if (c == '"' || c == '\'') {
    quote_ = c;
  } else if (EndsIn(last_bytes_, "<!--")) {
    in_comment_ = true;
  } else if (EndsIn(last_bytes_, "<!ENTITY")) {
    report_.Tell(Oddity::kXmlEntity);
  } else if (c == '[' || c == ']') {
    in_subset_ = c == '[';
  } else if (c == '>' && !in_subset_) {
    writer_.End();
    state_ = State::kText;
    return;
  }
  writer_.Put(c);
}

bool XmlExtractor::Refuse() {
  report_.Tell(Oddity::kXmlSyntax);
  return Break();
}

bool XmlExtractor::Break() {
  writer_.Begin(Place::kBytes, "");
  state_ = State::kBroken;
  return false;
}

void XmlExtractor::End() {
  if (reference_.active()) {
    reference_.Finish([this](char byte) { writer_.open() ? writer_.Put(byte) : PutText(byte); });
  }
  writer_.End();
  if (state_ != State::kBroken && (state_ != State::kText || depth_ > 0)) {
    report_.Tell(Oddity::kXmlTruncated);
  }
}

}  // namespace firebreak::inspect
