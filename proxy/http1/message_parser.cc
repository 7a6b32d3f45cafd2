#include "proxy/http1/message_parser.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "http/field.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kCrlf = "\r\n";
constexpr size_t kMaxStartLineBytes = kMaxMethodBytes + kMaxTargetBytes + 16;
constexpr size_t kMaxSizeDigits = 16;
constexpr size_t kMaxExtensionBytes = 256;        // of one chunk
constexpr size_t kMaxAllExtensionBytes = 16'384;  // of a message

http::Rejection Differs() { return {400, "framing_differs"}; }

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

void MessageParser::Begin(bool head_only) {
  state_ = State::kStartLine;
  head_only_ = head_only;
  llhttp_.Begin();
  head_ = MessageHead();
  trailers_.Clear();
  data_ = {};
  left_ = 0;
  head_bytes_ = 0;
  extension_bytes_ = 0;
  first_word_bytes_ = 0;
  first_word_ended_ = false;
  blank_line_seen_ = false;
}

MessageParser::Event MessageParser::Next(absl::string_view& input) {
  while (true) {
    switch (state_) {
      case State::kStartLine:
      case State::kFields:
      case State::kChunkSize:
      case State::kChunkEnd:
      case State::kTrailers:
        if (const std::optional<Event> event = TakeLine(input)) return *event;
        break;
      case State::kCounted:
      case State::kUntilClose:
      case State::kChunkData:
        return TakeData(input);
      case State::kComplete:
        state_ = State::kEnded;
        return Event::kEnd;
      case State::kEnded:
        return Event::kMore;
      case State::kRefused:
        return Event::kRefused;
    }
  }
}

MessageParser::Event MessageParser::Refuse(const http::Rejection& rejection) {
  refusal_ = rejection;
  state_ = State::kRefused;
  return Event::kRefused;
}

// What cannot be right is refused at its first wrong byte, rather than at the end of a line that
// may never end.
Refusal MessageParser::CheckFirstBytes(absl::string_view input) {
  if (state_ == State::kStartLine && !FirstWordIsPlausible(input)) {
    return http::Rejection{400, kind_ == MessageKind::kRequest ? "method_invalid" : "status_line"};
  }
  if (state_ == State::kChunkEnd && !lines_.in_line() && !absl::StartsWith(input, "\r")) {
    return http::Rejection{400, "chunk_end"};
  }
  return std::nullopt;
}

// One empty line before a request is let through (RFC 9112 section 2.2).
bool MessageParser::FirstWordIsPlausible(absl::string_view input) {
  constexpr absl::string_view kVersion = "HTTP/1.";
  for (size_t i = 0; i < input.size() && !first_word_ended_; ++i) {
    const char c = input[i];
    const size_t at = first_word_bytes_++;
    if (kind_ == MessageKind::kResponse) {
      if (c != kVersion[at]) return false;
      first_word_ended_ = at + 1 == kVersion.size();
    } else if ((at == 0 && c == '\r' && !blank_line_seen_) || (c == ' ' && at > 0)) {
      first_word_ended_ = true;  // behind CR, LineReader sees to it that LF follows
    } else if (!http::IsToken(input.substr(i, 1)) || at >= kMaxMethodBytes) {
      return false;
    }
  }
  return true;
}

size_t MessageParser::LineLimit() const {
  if (state_ == State::kChunkSize) return kMaxSizeDigits + kMaxExtensionBytes + kCrlf.size();
  const size_t left = limits_.max_head_bytes - head_bytes_;
  return state_ == State::kStartLine ? std::min(kMaxStartLineBytes, left) : left;
}

http::Rejection MessageParser::TooLong() const {
  if (state_ == State::kChunkSize) return {400, "chunk_extension"};
  if (state_ == State::kStartLine && kind_ == MessageKind::kRequest) {
    return {414, "target_too_long"};
  }
  return {431, "header_bytes"};
}

std::optional<MessageParser::Event> MessageParser::TakeLine(absl::string_view& input) {
  if (input.empty()) return Event::kMore;
  if (const Refusal refusal = CheckFirstBytes(input)) return Refuse(*refusal);
  switch (lines_.Take(input, LineLimit())) {
    case LineReader::Result::kMore:
      return Event::kMore;
    case LineReader::Result::kBareCr:
      return Refuse({400, "bare_cr"});
    case LineReader::Result::kBareLf:
      return Refuse({400, "bare_lf"});
    case LineReader::Result::kTooLong:
      return Refuse(TooLong());
    case LineReader::Result::kLine:
      break;
  }
  const absl::string_view line = lines_.line();
  const absl::string_view text = line.substr(0, line.size() - kCrlf.size());
  head_bytes_ += line.size();
  if (state_ == State::kStartLine && text.empty()) {
    blank_line_seen_ = true;
    first_word_bytes_ = 0;
    first_word_ended_ = false;
    return std::nullopt;
  }
  Refusal refusal = ReadLine(text);
  if (!refusal) refusal = llhttp_.Feed(line);
  if (refusal) return Refuse(*refusal);
  return Advance(text);
}

Refusal MessageParser::ReadLine(absl::string_view text) {
  if (state_ == State::kStartLine) {
    return kind_ == MessageKind::kRequest ? ReadRequestLine(text, head_)
                                          : ReadStatusLine(text, head_);
  }
  if (state_ == State::kFields) {
    if (text.empty()) return FinishOwnHead();
    if (head_.fields++ == limits_.max_head_fields) return http::Rejection{431, "header_fields"};
    return ReadField(text, head_);
  }
  if (state_ == State::kChunkSize) return ReadChunkSize(text);
  if (state_ == State::kTrailers && !text.empty()) {
    if (trailers_.size() == limits_.max_head_fields) return http::Rejection{431, "header_fields"};
    return ReadTrailer(text, trailers_);
  }
  return std::nullopt;
}

Refusal MessageParser::FinishOwnHead() {
  if (const Refusal refusal = FinishHead(head_)) return refusal;
  if (kind_ == MessageKind::kRequest || (!head_only_ && !HasNoBody(head_.status))) {
    return std::nullopt;
  }
  // RFC 9112 section 6.3, rule 1: no body, whatever the fields say. After HEAD and with 304 a
  // length is that of another response, and is passed on.
  head_.chunked = false;
  if (!head_only_ && head_.status != 304) head_.content_length.reset();
  llhttp_.SkipBody();
  return std::nullopt;
}

Refusal MessageParser::ReadChunkSize(absl::string_view text) {
  const char* const end = text.data() + std::min(text.size(), kMaxSizeDigits);
  const auto [stop, error] = std::from_chars(text.data(), end, left_, 16);
  if (error != std::errc() || left_ > std::numeric_limits<int64_t>::max()) {
    return http::Rejection{400, "chunk_size"};
  }
  const absl::string_view extension = text.substr(static_cast<size_t>(stop - text.data()));
  if (extension.empty()) return std::nullopt;
  if (extension.front() != ';') return http::Rejection{400, "chunk_size"};
  extension_bytes_ += extension.size();
  const bool plain = std::none_of(extension.begin(), extension.end(), [](unsigned char c) {
    return absl::ascii_iscntrl(c) && c != '\t';
  });
  if (!plain || extension.size() == 1 || extension.size() > kMaxExtensionBytes ||
      extension_bytes_ > kMaxAllExtensionBytes) {
    return http::Rejection{400, "chunk_extension"};
  }
  return std::nullopt;
}

std::optional<MessageParser::Event> MessageParser::Advance(absl::string_view text) {
  if (state_ == State::kStartLine) {
    state_ = State::kFields;
  } else if (state_ == State::kFields && text.empty()) {
    return EndHead();
  } else if (state_ == State::kChunkSize) {
    if (llhttp_.chunk_size() != left_) return Refuse(Differs());
    state_ = left_ > 0 ? State::kChunkData : State::kTrailers;
    head_bytes_ = 0;
  } else if (state_ == State::kChunkEnd) {
    state_ = State::kChunkSize;
  } else if (state_ == State::kTrailers && text.empty()) {
    state_ = State::kComplete;
  }
  const bool ended = state_ == State::kComplete;
  if (llhttp_.message_complete() != ended || (InHead() && llhttp_.head_complete())) {
    return Refuse(Differs());
  }
  return std::nullopt;
}

MessageParser::Event MessageParser::EndHead() {
  const bool skipped = llhttp_.skips_body();
  if (!llhttp_.head_complete() ||
      (!skipped &&
       (llhttp_.chunked() != head_.chunked || llhttp_.content_length() != head_.content_length))) {
    return Refuse(Differs());
  }
  left_ = head_.content_length.value_or(0);
  state_ = State::kComplete;
  if (!skipped && head_.chunked) {
    state_ = State::kChunkSize;
  } else if (!skipped && left_ > 0) {
    state_ = State::kCounted;
  } else if (!skipped && kind_ == MessageKind::kResponse && !head_.content_length) {
    state_ = State::kUntilClose;
    head_.close = true;
  }
  if (llhttp_.message_complete() != (state_ == State::kComplete)) return Refuse(Differs());
  return Event::kHead;
}

MessageParser::Event MessageParser::TakeData(absl::string_view& input) {
  if (input.empty()) return Event::kMore;
  const bool counted = state_ != State::kUntilClose;
  data_ = counted ? input.substr(0, std::min<uint64_t>(left_, input.size())) : input;
  input.remove_prefix(data_.size());
  if (const Refusal refusal = llhttp_.Feed(data_)) return Refuse(*refusal);
  if (counted) {
    left_ -= data_.size();
    if (left_ == 0) {
      state_ = state_ == State::kChunkData ? State::kChunkEnd : State::kComplete;
    }
  }
  if (llhttp_.body_bytes() != data_.size() ||
      llhttp_.message_complete() != (state_ == State::kComplete)) {
    return Refuse(Differs());
  }
  return Event::kData;
}

}  // namespace firebreak::proxy
