// LlhttpReader is the second opinion on a message: llhttp, strict, with every lenient flag off. It
// is fed the pieces that MessageParser has cut, and says what it takes their framing to be.
#ifndef FIREBREAK_PROXY_HTTP1_LLHTTP_READER_H_
#define FIREBREAK_PROXY_HTTP1_LLHTTP_READER_H_

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "http/canonical.h"

namespace firebreak::proxy {

enum class MessageKind : uint8_t { kRequest, kResponse };

// What llhttp points back to stays where it is: neither copied nor moved.
class LlhttpReader {
 public:
  explicit LlhttpReader(MessageKind kind) : kind_(kind) { Begin(); }
  LlhttpReader(const LlhttpReader&) = delete;
  LlhttpReader& operator=(const LlhttpReader&) = delete;

  // Begin forgets everything: the next byte is the first of a message.
  void Begin();
  // Feed gives it the next bytes, and returns what it has against them.
  std::optional<http::Rejection> Feed(absl::string_view bytes);
  // SkipBody: no body follows whatever the headers say. Called before the head's last line.
  void SkipBody() { skip_body_ = true; }
  bool skips_body() const { return skip_body_; }

  bool head_complete() const { return head_complete_; }
  bool message_complete() const { return message_complete_; }
  // Good once the head is complete.
  bool chunked() const { return chunked_; }
  std::optional<uint64_t> content_length() const { return content_length_; }
  // The size of the chunk whose first line was last fed.
  std::optional<uint64_t> chunk_size() const { return chunk_size_; }
  // Body bytes in what was last fed.
  size_t body_bytes() const { return body_bytes_; }

  unsigned lenient_flags() const { return llhttp_.lenient_flags; }

 private:
  static const llhttp_settings_t& Settings();
  int OnHeadersComplete();

  const MessageKind kind_;
  llhttp_t llhttp_;
  bool skip_body_;
  bool head_complete_;
  bool message_complete_;
  bool chunked_;
  std::optional<uint64_t> content_length_;
  std::optional<uint64_t> chunk_size_;
  size_t body_bytes_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_LLHTTP_READER_H_
