// MessageParser reads the messages of one direction of a connection. It hands out one event at a
// time and never looks ahead, so that whoever asks may stop at any point.
#ifndef FIREBREAK_PROXY_HTTP1_MESSAGE_PARSER_H_
#define FIREBREAK_PROXY_HTTP1_MESSAGE_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "http/header_map.h"
#include "proxy/http1/head.h"
#include "proxy/http1/line_reader.h"
#include "proxy/http1/llhttp_reader.h"

namespace firebreak::proxy {

// It cuts the input into lines and body bytes itself, strictly, and has llhttp read the same
// pieces: where the two differ about where something ends, the message is refused
// ("framing_differs"). Events do not depend on how the input was cut, except for where a body is
// cut into kData.
class MessageParser {
 public:
  struct Limits {
    size_t max_head_bytes;   // start line and fields as they came; trailers once more
    size_t max_head_fields;  // the same
  };
  enum class Event : uint8_t {
    kMore,     // input is used up, or the message has ended: see Begin
    kHead,     // head() is there
    kData,     // data() is there
    kEnd,      // trailers() is there; input holds what lies beyond the message
    kRefused,  // refusal() says why; there is no way on
  };

  MessageParser(MessageKind kind, const Limits& limits)
      : kind_(kind), limits_(limits), llhttp_(kind) {}

  // Begin makes ready for the next message. head_only: a response to HEAD.
  void Begin(bool head_only = false);
  // Next takes bytes off the front of input up to the next event. Called again after every event
  // but kMore, also when input is empty.
  Event Next(absl::string_view& input);
  // Whether the message ends where the connection does.
  bool until_close() const { return state_ == State::kUntilClose; }

  MessageHead& head() { return head_; }
  // has_body: bytes may follow the head. Good after kHead.
  bool has_body() const { return state_ != State::kComplete; }
  absl::string_view data() const { return data_; }  // good until the next call
  http::HeaderMap& trailers() { return trailers_; }
  const http::Rejection& refusal() const { return refusal_; }

  // Whether a message has begun, and whether its head is still incomplete then.
  bool begun() const { return state_ != State::kStartLine || lines_.in_line() || blank_line_seen_; }
  bool in_head() const { return begun() && InHead(); }
  unsigned lenient_flags() const { return llhttp_.lenient_flags(); }

 private:
  enum class State : uint8_t {
    kStartLine,
    kFields,
    // A body:
    kCounted,     // left_ bytes
    kUntilClose,  // all bytes
    kChunkSize,
    kChunkData,  // left_ bytes
    kChunkEnd,
    kTrailers,
    // None any more:
    kComplete,  // kEnd is to be told
    kEnded,
    kRefused,
  };

  bool InHead() const { return state_ <= State::kFields; }
  Event Refuse(const http::Rejection& rejection);
  Refusal CheckFirstBytes(absl::string_view input);
  bool FirstWordIsPlausible(absl::string_view input);
  size_t LineLimit() const;
  http::Rejection TooLong() const;
  // TakeLine returns an event, or nullopt to go on. ReadLine is our own reading of a line, without
  // its CRLF; Advance goes to the next state once llhttp has taken the line too.
  std::optional<Event> TakeLine(absl::string_view& input);
  Refusal ReadLine(absl::string_view text);
  Refusal FinishOwnHead();
  Refusal ReadChunkSize(absl::string_view text);
  std::optional<Event> Advance(absl::string_view text);
  Event EndHead();
  Event TakeData(absl::string_view& input);

  const MessageKind kind_;
  const Limits limits_;
  State state_ = State::kStartLine;
  bool head_only_ = false;
  LineReader lines_;
  LlhttpReader llhttp_;
  MessageHead head_;
  http::HeaderMap trailers_;
  absl::string_view data_;
  http::Rejection refusal_;
  uint64_t left_ = 0;
  size_t head_bytes_ = 0;       // of complete lines; begins anew with the trailers
  size_t extension_bytes_ = 0;  // of all chunks
  size_t first_word_bytes_ = 0;
  bool first_word_ended_ = false;
  bool blank_line_seen_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_MESSAGE_PARSER_H_
