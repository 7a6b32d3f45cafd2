// MessageWriter writes the messages of one direction of a connection, and frames their bodies.
#ifndef FIREBREAK_PROXY_HTTP1_MESSAGE_WRITER_H_
#define FIREBREAK_PROXY_HTTP1_MESSAGE_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "http/header_map.h"
#include "http/message.h"

namespace firebreak::proxy {

// Heads are written in one piece. What a message says about its length is made true: bytes beyond
// it are not written, and a body that stays below it makes End return false.
class MessageWriter {
 public:
  explicit MessageWriter(Buffer& output) : output_(output) {}

  // A request with `end` or an upgrade has no body.
  void StartRequest(const http::Request& request, bool end);
  // ResponseRules are what a response owes to the request and to the connection.
  struct ResponseRules {
    bool to_head = false;         // of the request HEAD
    bool chunked_allowed = true;  // the peer knows HTTP/1.1
    bool close = false;           // say that the connection ends
  };
  void StartResponse(const http::Response& response, const ResponseRules& rules, bool end);
  // An informational response; a 101 makes what follows raw bytes.
  void WriteInterim(const http::Response& response);

  void Data(absl::string_view bytes);
  // End ends the body; false: it is shorter than was promised, so that the connection must close.
  bool End(const http::HeaderMap& trailers);

 private:
  enum class Body : uint8_t { kNone, kCounted, kChunked, kUntilClose };

  void StatusLine(int status);
  void Field(absl::string_view name, absl::string_view value);
  void Fields(const http::HeaderMap& headers);
  // Counted sets and announces a body of so many bytes.
  void Counted(uint64_t length);
  void Chunked();
  void Flush();

  Buffer& output_;
  std::string text_;  // empty between calls
  Body body_ = Body::kNone;
  uint64_t left_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_MESSAGE_WRITER_H_
