#include "flows/http_response.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::flows {
namespace {

constexpr uint32_t kMaxRetryAfterSeconds = 86'400;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not an HTTP response: ", what));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

absl::Status HttpResponseReader::Feed(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (done()) return Bad("bytes behind its end");
    FB_RETURN_IF_ERROR(Step(bytes));
  }
  return absl::OkStatus();
}

absl::Status HttpResponseReader::End() {
  if (state_ == State::kRest) state_ = State::kDone;
  return done() ? absl::OkStatus() : Bad("it was cut short");
}

// Step takes at least one byte.
absl::Status HttpResponseReader::Step(absl::string_view& bytes) {
  if (state_ == State::kBody || state_ == State::kChunk || state_ == State::kRest) {
    return TakeBody(bytes);
  }
  const size_t line_feed = bytes.find('\n');
  const bool whole = line_feed != absl::string_view::npos;
  const absl::string_view taken = bytes.substr(0, whole ? line_feed + 1 : bytes.size());
  bytes.remove_prefix(taken.size());
  head_bytes_ += taken.size();
  if (head_bytes_ > kMaxHeadBytes) return Bad("its head is too long");
  line_.append(taken.data(), taken.size());
  if (!whole) return absl::OkStatus();
  line_.pop_back();
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  const std::string line = std::exchange(line_, std::string());
  return OnLine(line);
}

absl::Status HttpResponseReader::OnLine(absl::string_view line) {
  switch (state_) {
    case State::kHead:
      if (response_.status == 0) return OnStatusLine(line);
      return line.empty() ? EndHead() : OnField(line);
    case State::kChunkSize:
      return OnChunkSize(line);
    case State::kChunkEnd:
      if (!line.empty()) return Bad("a chunk is longer than it says");
      state_ = State::kChunkSize;
      return absl::OkStatus();
    case State::kTrailer:
      if (line.empty()) state_ = State::kDone;
      return absl::OkStatus();
    case State::kBody:
    case State::kRest:
    case State::kChunk:
    case State::kDone:
      break;
  }
  return Bad("a line where none is");
}

absl::Status HttpResponseReader::OnStatusLine(absl::string_view line) {
  // HTTP-version SP 3DIGIT SP reason; servers leave out the last space.
  constexpr size_t kVersionBytes = 9;
  constexpr size_t kCodeEnd = 12;
  const bool known = absl::StartsWith(line, "HTTP/1.0 ") || absl::StartsWith(line, "HTTP/1.1 ");
  const absl::string_view code = known ? line.substr(kVersionBytes, 3) : "";
  const bool ends = line.size() == kCodeEnd || (line.size() > kCodeEnd && line[kCodeEnd] == ' ');
  if (!ends || !AllDigits(code) || code[0] < '1' || code[0] > '5') return Bad("its first line");
  response_.keep_alive = line[7] == '1';
  return absl::SimpleAtoi(code, &response_.status) ? absl::OkStatus() : Bad("its status");
}

absl::Status HttpResponseReader::OnField(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos || colon == 0) return Bad("a field without a name");
  const absl::string_view name = line.substr(0, colon);
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (absl::EqualsIgnoreCase(name, "content-length")) {
    uint64_t length = 0;
    if (length_.has_value() || !AllDigits(value) || !absl::SimpleAtoi(value, &length)) {
      return Bad("its length");
    }
    length_ = length;
  } else if (absl::EqualsIgnoreCase(name, "transfer-encoding")) {
    if (!absl::EqualsIgnoreCase(value, "chunked")) return Bad("its transfer coding");
    chunked_ = true;
  } else if (absl::EqualsIgnoreCase(name, "connection")) {
    if (absl::EqualsIgnoreCase(value, "close")) response_.keep_alive = false;
  } else if (absl::EqualsIgnoreCase(name, "retry-after")) {
    uint32_t seconds = 0;
    if (AllDigits(value) && absl::SimpleAtoi(value, &seconds)) {
      response_.retry_after = absl::Seconds(std::min(seconds, kMaxRetryAfterSeconds));
    }
  }
  return absl::OkStatus();
}

absl::Status HttpResponseReader::EndHead() {
  if (response_.status < 200) {
    response_ = HttpResponse();
    length_.reset();
    chunked_ = false;
    return absl::OkStatus();  // head_bytes_ goes on counting: a peer cannot send these for ever
  }
  if (chunked_ && length_.has_value()) return Bad("two lengths");
  if (length_.value_or(0) > kMaxBodyBytes && !streams()) return Bad("it is too long");
  if (response_.status == 204 || response_.status == 304 || length_ == 0U) {
    state_ = State::kDone;
  } else if (chunked_) {
    state_ = State::kChunkSize;
    head_bytes_ = 0;
  } else if (length_.has_value()) {
    state_ = State::kBody;
    left_ = *length_;
  } else {
    state_ = State::kRest;
    response_.keep_alive = false;
  }
  return absl::OkStatus();
}

absl::Status HttpResponseReader::OnChunkSize(absl::string_view line) {
  const absl::string_view digits = absl::StripAsciiWhitespace(line.substr(0, line.find(';')));
  const bool hex = !digits.empty() && digits.size() <= 8 &&
                   std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit);
  if (!hex || !absl::SimpleHexAtoi(digits, &left_)) return Bad("the size of a chunk");
  head_bytes_ = 0;
  state_ = left_ == 0 ? State::kTrailer : State::kChunk;
  return absl::OkStatus();
}

absl::Status HttpResponseReader::TakeBody(absl::string_view& bytes) {
  const uint64_t most = state_ == State::kRest ? bytes.size() : left_;
  const absl::string_view taken = bytes.substr(0, std::min<uint64_t>(most, bytes.size()));
  bytes.remove_prefix(taken.size());
  if (streams()) {
    FB_RETURN_IF_ERROR(on_body_(taken));
  } else {
    body_bytes_ += taken.size();
    if (body_bytes_ > kMaxBodyBytes) return Bad("it is too long");
    const size_t room = kKeptBodyBytes - response_.body.size();
    response_.body.append(taken.data(), std::min(room, taken.size()));
  }
  if (state_ == State::kRest) return absl::OkStatus();
  left_ -= taken.size();
  if (left_ == 0) state_ = state_ == State::kBody ? State::kDone : State::kChunkEnd;
  return absl::OkStatus();
}

}  // namespace firebreak::flows
