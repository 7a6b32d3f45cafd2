#include "inspect/payload/protobuf_walker.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/utf8.h"
#include "base/varint.h"

namespace firebreak::inspect {
namespace {

constexpr uint64_t kMaxFieldNumber = (uint64_t{1} << 29) - 1;

enum WireType : uint8_t { kVarintType = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

bool IsTextControl(char c) { return c == '\t' || c == '\n' || c == '\r'; }

// `whole`: nothing follows; otherwise the last character may be cut.
bool IsText(absl::string_view bytes, bool whole) {
  while (!bytes.empty()) {
    const Rune rune = DecodeRune(bytes);
    if (rune.size == 0) return !whole && bytes.size() < 4 && static_cast<uint8_t>(bytes[0]) >= 0xC2;
    if (IsControl(rune.code) && !IsTextControl(bytes[0])) return false;
    bytes.remove_prefix(rune.size);
  }
  return true;
}

bool IsTag(uint64_t tag) {
  const uint64_t number = tag >> 3;
  const uint64_t type = tag & 7;
  return number >= 1 && number <= kMaxFieldNumber &&
         (type == kVarintType || type == kFixed64 || type == kLengthDelimited || type == kFixed32);
}

// IsMessage: whether a message of `size` bytes may begin with these. One level is looked at.
bool IsMessage(absl::string_view bytes, uint64_t size) {
  const bool whole = bytes.size() == size;
  while (!bytes.empty()) {
    const uint64_t before = bytes.size();
    std::optional<uint64_t> read = TakeVarint(bytes);  // the tag, and then a value or a length
    if (read.has_value() && !IsTag(*read)) return false;
    const uint64_t type = read.value_or(0) & 7;
    if (read.has_value() && (type == kVarintType || type == kLengthDelimited)) {
      read = TakeVarint(bytes);
    }
    if (!read.has_value()) return !whole && bytes.size() < kMaxVarintBytes;  // cut, or too long
    const uint64_t skip = type == kLengthDelimited ? *read
                          : type == kFixed64       ? 8
                          : type == kFixed32       ? 4
                                                   : 0;
    size -= before - bytes.size();
    if (skip > size) return false;
    size -= skip;
    bytes.remove_prefix(std::min<uint64_t>(skip, bytes.size()));
  }
  return true;
}

}  // namespace

void ProtobufWalker::Begin(uint64_t size) {
  path_.CutTo(0);
  levels_[0] = {.left = size, .path_size = 0};
  depth_ = 1;
  varint_ = varint_bytes_ = 0;
  state_ = State::kTag;
}

void ProtobufWalker::BeginBytes() {
  Begin(0);
  writer_.Begin(Place::kBytes, "");
  state_ = State::kBroken;
}

void ProtobufWalker::Feed(absl::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kTag:
      case State::kVarint:
      case State::kLength: {
        const auto byte = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        Byte(byte);
        break;
      }
      case State::kFixed: {
        const auto taken = std::min<uint64_t>(field_left_, bytes.size());
        bytes.remove_prefix(taken);
        field_left_ -= taken;
        if (field_left_ == 0) EndField();
        break;
      }
      case State::kPeek:
        Peek(bytes);
        break;
      case State::kContent: {
        const auto taken = std::min<uint64_t>(field_left_, bytes.size());
        writer_.Write(bytes.substr(0, taken));
        bytes.remove_prefix(taken);
        field_left_ -= taken;
        if (field_left_ == 0) EndField();
        break;
      }
      case State::kBroken:
        writer_.Write(bytes);
        return;
    }
  }
}

ProtobufWalker::Varint ProtobufWalker::TakeVarint(uint8_t byte) {
  varint_ |= uint64_t{byte & 0x7FU} << (7 * varint_bytes_);
  if (++varint_bytes_ == kMaxVarintBytes && (byte & 0x80) != 0) return Varint::kTooLong;
  if ((byte & 0x80) != 0) return Varint::kMore;
  varint_bytes_ = 0;
  return Varint::kDone;
}

void ProtobufWalker::Byte(uint8_t byte) {
  const Varint varint = TakeVarint(byte);
  Level& level = levels_[depth_ - 1];
  if (level.left == 0 || varint == Varint::kTooLong) return Break();
  --level.left;
  if (varint == Varint::kMore) return;
  const uint64_t value = varint_;
  varint_ = 0;
  switch (state_) {
    case State::kTag:
      return BeginField(value);
    case State::kVarint:
      return EndField();
    case State::kLength:
      return BeginContent(value);
    case State::kFixed:
    case State::kPeek:
    case State::kContent:
    case State::kBroken:
      return;
  }
}

void ProtobufWalker::BeginField(uint64_t tag) {
  report_.Above(Oddity::kProtobufFields, limits_.max_protobuf_fields, ++fields_);
  if (!IsTag(tag)) return Break();
  path_.CutTo(levels_[depth_ - 1].path_size);
  if (path_.size() > 0) path_.Append('.');
  const absl::AlphaNum number(tag >> 3);
  path_.Append(number.Piece());
  switch (tag & 7) {
    case kVarintType:
      state_ = State::kVarint;
      return;
    case kLengthDelimited:
      state_ = State::kLength;
      return;
    default:
      field_left_ = (tag & 7) == kFixed64 ? 8 : 4;
      if (field_left_ > levels_[depth_ - 1].left) return Break();
      levels_[depth_ - 1].left -= field_left_;
      state_ = State::kFixed;
  }
}

void ProtobufWalker::BeginContent(uint64_t size) {
  Level& level = levels_[depth_ - 1];
  if (size > level.left) return Break();
  level.left -= size;
  field_left_ = size;
  peek_size_ = 0;
  state_ = State::kPeek;
  if (size > 0) return;
  writer_.Whole(Place::kGrpc, path_.text(), "");
  EndField();
}

void ProtobufWalker::Peek(absl::string_view& bytes) {
  const size_t wanted = std::min<uint64_t>(field_left_, kPeekBytes);
  const size_t taken = std::min(wanted - peek_size_, bytes.size());
  std::copy_n(bytes.begin(), taken, peek_.begin() + peek_size_);
  peek_size_ += taken;
  bytes.remove_prefix(taken);
  if (peek_size_ == wanted) DecideContent();
}

void ProtobufWalker::DecideContent() {
  // What was peeked goes through Feed again, which peeks anew for what is nested in it: a copy, at
  // most kMaxDepth of them at a time since each is inside the one before.
  const std::array<char, kPeekBytes> copy = peek_;
  const absl::string_view peeked(copy.data(), peek_size_);
  const bool whole = peek_size_ == field_left_;
  const bool text = IsText(peeked, whole);
  const bool message = (!text || IsTextControl(peeked[0])) && IsMessage(peeked, field_left_);
  if (message) {
    report_.Above(Oddity::kProtobufDepth, std::min<uint64_t>(limits_.max_protobuf_depth, kMaxDepth),
                  depth_ + 1);
  }
  if (message && depth_ < levels_.size()) {
    levels_[depth_++] = {.left = field_left_, .path_size = path_.size()};
    state_ = State::kTag;
  } else {
    writer_.Begin(Place::kGrpc, path_.text());
    state_ = State::kContent;
  }
  Feed(peeked);
}

// EndField: the next tag may be one of any message that has not ended.
void ProtobufWalker::EndField() {
  writer_.End();
  while (depth_ > 1 && levels_[depth_ - 1].left == 0) --depth_;
  state_ = State::kTag;
}

void ProtobufWalker::Break() {
  report_.Tell(Oddity::kProtobufWire);
  writer_.Begin(Place::kBytes, "");
  state_ = State::kBroken;
}

void ProtobufWalker::End() {
  if (state_ == State::kPeek) {
    writer_.Whole(Place::kGrpc, path_.text(), {peek_.data(), peek_size_});
  }
  const bool complete = state_ == State::kTag && depth_ == 1 && varint_bytes_ == 0;
  if (!complete && state_ != State::kBroken) report_.Tell(Oddity::kProtobufWire);
  writer_.End();
}

}  // namespace firebreak::inspect
