#include "flows/http_client.h"

#include <zlib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/status.h"
#include "flows/stream_socket.h"

namespace firebreak::flows {
namespace {

constexpr size_t kReadBytes = size_t{16} << 10;

// Unanswered: the connection ended before a byte of an answer, which a server does to one that was
// idle. A server that was too slow is no such case: it is at work on the request.
absl::Status Unanswered(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) ? status : absl::AbortedError(status.message());
}

}  // namespace

HttpClient::HttpClient(HttpEndpoint endpoint, const Clock& clock,
                       std::unique_ptr<ByteStream> stream)
    : endpoint_(std::move(endpoint)),
      clock_(clock),
      stream_(stream != nullptr ? std::move(stream) : std::make_unique<StreamSocket>(clock)) {}

absl::StatusOr<HttpResponse> HttpClient::Post(absl::string_view target, const Fields& fields,
                                              absl::string_view body) {
  return Post(target, fields, body, Streaming());
}

absl::StatusOr<HttpResponse> HttpClient::Post(absl::string_view target, const Fields& fields,
                                              absl::string_view body, const Streaming& streaming) {
  const bool v6 = absl::StrContains(endpoint_.host, ':');
  const std::string host = v6 ? absl::StrCat("[", endpoint_.host, "]") : endpoint_.host;
  std::string head =
      absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: ", host, ":", endpoint_.port,
                   "\r\nUser-Agent: firebreak-proxy\r\nContent-Length: ", body.size(), "\r\n");
  for (const auto& [name, value] : fields) absl::StrAppend(&head, name, ": ", value, "\r\n");
  head += "\r\n";

  if (stream_->is_open() && !stream_->IsStale()) {
    // The server may close an idle connection at the moment at which it is used; a new one is worth
    // a try at once, and what was sent twice is told apart by its receiver. After any other failure
    // it is for the caller to say when the next try is due.
    auto response = Exchange(head, body, streaming);
    if (!absl::IsAborted(response.status())) return response;
  }
  FB_RETURN_IF_ERROR(
      stream_->Connect(endpoint_.host, endpoint_.port, clock_.MonoNow() + kConnectTimeout));
  return Exchange(head, body, streaming);
}

absl::StatusOr<HttpResponse> HttpClient::Exchange(absl::string_view head, absl::string_view body,
                                                  const Streaming& streaming) {
  MonoTime deadline = clock_.MonoNow() + streaming.max_silence;
  for (const absl::string_view part : {head, body}) {
    const absl::Status written = stream_->Write(part, deadline);
    if (!written.ok()) return Unanswered(written);
  }
  HttpResponseReader reader(streaming.on_body);
  bool begun = false;
  while (!reader.done()) {
    const auto bytes = stream_->Read(kReadBytes, deadline);
    if (!bytes.ok()) return begun ? bytes.status() : Unanswered(bytes.status());
    const absl::Status read = bytes->empty() ? reader.End() : reader.Feed(*bytes);
    if (!read.ok()) {
      stream_->Close();
      return begun || !bytes->empty() ? read : Unanswered(read);
    }
    begun = true;
    if (streaming.on_body != nullptr) deadline = clock_.MonoNow() + streaming.max_silence;
  }
  if (!reader.response().keep_alive) stream_->Close();
  return reader.response();
}

std::string Gzipped(absl::string_view text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return "";
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib does not write to its input, whose type lacks a const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::string PercentEncoded(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace firebreak::flows
