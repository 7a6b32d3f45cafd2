// The answer to a request of a sink (RFC 9112), read piece by piece and within bounds.
#ifndef FIREBREAK_FLOWS_HTTP_RESPONSE_H_
#define FIREBREAK_FLOWS_HTTP_RESPONSE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak::flows {

// HttpResponse is what a sink wants to know of an answer.
struct HttpResponse {
  int status = 0;
  std::string body = {};            // its first kKeptBodyBytes
  absl::Duration retry_after = {};  // zero: not said, or not in seconds
  bool keep_alive = false;          // the connection can be used again
};

// HttpResponseReader is strict where that costs nothing: two lengths, a length that is no number
// and a chunk that does not end where it says are errors. Responses of status 1xx are passed over.
class HttpResponseReader {
 public:
  static constexpr size_t kMaxHeadBytes = size_t{16} << 10;
  static constexpr size_t kKeptBodyBytes = size_t{64} << 10;
  static constexpr uint64_t kMaxBodyBytes = uint64_t{8} << 20;

  // OnBody takes the body of a 200, piece by piece; then none of it is kept, and it may be of any
  // length. What it returns but OK ends the reading.
  using OnBody = std::function<absl::Status(absl::string_view piece)>;

  explicit HttpResponseReader(OnBody on_body = nullptr) : on_body_(std::move(on_body)) {}

  // Feed takes the next bytes. Bytes behind the end of the response are an error: nothing was asked
  // yet that they could answer.
  absl::Status Feed(absl::string_view bytes);
  // End says that the peer has closed: the end of a body without a length, else an error.
  absl::Status End();

  bool done() const { return state_ == State::kDone; }
  // response is whole once done.
  const HttpResponse& response() const { return response_; }

 private:
  // kHead -> kBody | kChunkSize | kRest | kDone;  kChunkSize -> kChunk -> kChunkEnd -> kChunkSize;
  // kChunkSize -> kTrailer -> kDone;  kBody, kRest -> kDone
  enum class State : uint8_t {
    kHead,       // the status line and the fields, to the empty line
    kBody,       // left_ bytes
    kRest,       // to the end of the connection
    kChunkSize,  // a line with the size of the next chunk
    kChunk,      // left_ bytes
    kChunkEnd,   // the line end behind it
    kTrailer,    // fields behind the last chunk
    kDone,
  };

  absl::Status Step(absl::string_view& bytes);
  absl::Status OnLine(absl::string_view line);
  absl::Status OnStatusLine(absl::string_view line);
  absl::Status OnField(absl::string_view line);
  absl::Status OnChunkSize(absl::string_view line);
  absl::Status EndHead();
  absl::Status TakeBody(absl::string_view& bytes);
  bool streams() const { return on_body_ != nullptr && response_.status == 200; }

  const OnBody on_body_;
  State state_ = State::kHead;
  std::string line_;       // the line at hand, so far
  size_t head_bytes_ = 0;  // of head or trailer
  std::optional<uint64_t> length_;
  bool chunked_ = false;
  uint64_t left_ = 0;
  uint64_t body_bytes_ = 0;
  HttpResponse response_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_HTTP_RESPONSE_H_
