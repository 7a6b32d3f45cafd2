// A small HTTP/1.1 client for sinks: one connection, one request at a time.
#ifndef FIREBREAK_FLOWS_HTTP_CLIENT_H_
#define FIREBREAK_FLOWS_HTTP_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "flows/byte_stream.h"
#include "flows/http_response.h"

namespace firebreak::flows {

// HttpEndpoint is an http:// or https:// URL taken apart.
struct HttpEndpoint {
  std::string host;  // IP address, without brackets, or name
  uint16_t port = 80;
  std::string target = "/";  // path and query
};

// HttpClient keeps its connection as long as the server does. It blocks; for one thread.
class HttpClient {
 public:
  static constexpr std::chrono::seconds kConnectTimeout{5};
  static constexpr std::chrono::seconds kExchangeTimeout{10};  // from first byte sent to last read

  using Fields = std::vector<std::pair<std::string, std::string>>;

  // stream carries it; null: a TCP connection of its own, in clear text.
  HttpClient(HttpEndpoint endpoint, const Clock& clock,
             std::unique_ptr<ByteStream> stream = nullptr);

  // Post sends a body and returns the answer, whatever its status. An error means that there was
  // none that could be read; the server may have acted all the same. The body is sent once, but for
  // a connection that had served before and ended without a byte of an answer.
  absl::StatusOr<HttpResponse> Post(absl::string_view target, const Fields& fields,
                                    absl::string_view body);

  // Streaming is how a long answer is taken: see HttpResponseReader. The server may be silent for
  // as long as max_silence, and the exchange may take any time.
  struct Streaming {
    HttpResponseReader::OnBody on_body;
    std::chrono::seconds max_silence = kExchangeTimeout;
  };
  absl::StatusOr<HttpResponse> Post(absl::string_view target, const Fields& fields,
                                    absl::string_view body, const Streaming& streaming);

 private:
  absl::StatusOr<HttpResponse> Exchange(absl::string_view head, absl::string_view body,
                                        const Streaming& streaming);

  const HttpEndpoint endpoint_;
  const Clock& clock_;
  const std::unique_ptr<ByteStream> stream_;
};

// Gzipped compresses text (RFC 1952). Empty when there is no memory for it.
std::string Gzipped(absl::string_view text);

// PercentEncoded escapes text for the value of a query field (RFC 3986: all but unreserved).
std::string PercentEncoded(absl::string_view text);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_HTTP_CLIENT_H_
