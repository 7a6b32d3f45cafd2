// LineReader gathers the lines of heads and of chunk framing. A line ends with CRLF, and neither CR
// nor LF stands anywhere else: that is where other servers' readings differ (catalogue H1-05).
#ifndef FIREBREAK_PROXY_HTTP1_LINE_READER_H_
#define FIREBREAK_PROXY_HTTP1_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

class LineReader {
 public:
  enum class Result : uint8_t { kMore, kLine, kBareCr, kBareLf, kTooLong };

  // Take takes bytes off the front of input until a line is complete or refused; the answer does
  // not depend on how the bytes were cut. max_bytes is what the line may have, CRLF included: the
  // same in every call for one line.
  Result Take(absl::string_view& input, size_t max_bytes);
  // The line with its CRLF, after kLine; good until the next call, and while the input is.
  absl::string_view line() const { return line_; }
  // Whether a line has begun and not ended.
  bool in_line() const { return line_.empty() && !partial_.empty(); }

 private:
  std::string partial_;
  absl::string_view line_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_LINE_READER_H_
