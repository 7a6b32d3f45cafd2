// What gRPC puts around messages: a length ahead of each, a status behind the last.
#ifndef FIREBREAK_PROXY_GRPC_FRAMING_H_
#define FIREBREAK_PROXY_GRPC_FRAMING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// Framed puts the five bytes of a message that is not compressed ahead of it.
std::string Framed(absl::string_view message);

// MessageReader takes messages out of the bytes of one direction of a stream. It keeps no more
// than one message and what came in one piece with its end.
class MessageReader {
 public:
  explicit MessageReader(size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void Feed(absl::string_view bytes);
  // Reserve has memory ready for all of the message under way, where that is not beyond the bound.
  void Reserve();
  // Next returns a message, or nothing until more was fed. An error is final: a compressed message,
  // or one beyond the bound.
  absl::StatusOr<std::optional<std::string>> Next();

  // Whether a message has begun and is not whole yet.
  bool in_message() const { return !buffer_.empty(); }
  // How large the message under way will be, as far as its length has come; else 0.
  size_t announced() const;

 private:
  const size_t max_message_bytes_;
  std::string buffer_;
};

// gRPC's status codes are those of absl::Status. GrpcMessage escapes a text for `grpc-message`
// (percent-encoding as gRPC wants it), and cuts a long one.
std::string GrpcMessage(absl::string_view text);
// StatusOf reads the two fields; Unknown when `code` is none that gRPC has.
absl::Status StatusOf(absl::string_view code, absl::string_view message);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_GRPC_FRAMING_H_
