// The few header fields of an HTTP/1 message that tell what its body should be.
#ifndef FIREBREAK_INSPECT_STREAM_HTTP_HEAD_H_
#define FIREBREAK_INSPECT_STREAM_HTTP_HEAD_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// HttpHead reads the head of the first message of one direction of a captured stream. For the data
// path there is the codec; this one decides nothing, and forgives what the codec refuses.
class HttpHead {
 public:
  static constexpr size_t kMaxHead = size_t{16} * 1024;

  // Feed returns what of bytes lies behind the head: the body's; empty until then, and for good
  // when the head is too long.
  absl::string_view Feed(absl::string_view bytes);

  bool complete() const { return complete_; }
  const std::string& content_type() const { return content_type_; }
  // The body is packed, or in chunks, which are not undone here.
  bool encoded() const { return encoded_; }

 private:
  void EndLine();

  bool complete_ = false;
  bool encoded_ = false;
  size_t seen_ = 0;
  std::string line_;
  std::string content_type_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_HTTP_HEAD_H_
