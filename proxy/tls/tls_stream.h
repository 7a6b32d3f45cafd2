// TLS for sinks of the flow log, over a connection that blocks: not the mutual TLS of sidecars, but
// what receivers of logs speak.
#ifndef FIREBREAK_PROXY_TLS_TLS_STREAM_H_
#define FIREBREAK_PROXY_TLS_TLS_STREAM_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "flows/byte_stream.h"
#include "flows/stream_socket.h"

struct ssl_ctx_st;
struct ssl_st;

namespace firebreak::proxy {

struct TlsStreamOptions {
  std::string trust_bundle;  // PEM file of the roots that the receiver's certificate must lead to
  std::string server_name;   // DNS name or IP address that the certificate must be for
  // PEM files of the certificate that is shown, and its key; both empty: none.
  std::string certificate_chain = {};
  std::string private_key = {};
  bool http2 = false;  // agree on HTTP/2 by ALPN, or fail; false: nothing is offered
};

// TlsStream speaks TLS 1.2 or 1.3. The files are read for each connection, so that what replaces
// them is used from the next one on. A receiver that cannot prove its name is an error, as is a
// connection that ends without TLS's own end: half an answer is none.
class TlsStream final : public flows::ByteStream {
 public:
  TlsStream(TlsStreamOptions options, const Clock& clock);
  ~TlsStream() override;

  // Check tells what is wrong with the files, as they are now.
  absl::Status Check() const;

  absl::Status Connect(const std::string& host, uint16_t port, MonoTime deadline) override;
  absl::Status Write(absl::string_view text, MonoTime deadline) override;
  absl::StatusOr<std::string> Read(size_t most, MonoTime deadline) override;
  absl::StatusOr<std::optional<std::string>> ReadNow(size_t most) override;
  bool IsStale() const override;
  bool is_open() const override { return tls_ != nullptr; }
  void Close() override;

 private:
  using Context = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;

  absl::StatusOr<Context> NewContext() const;
  absl::Status Begin(ssl_ctx_st* context);
  absl::Status Handshake(MonoTime deadline);
  absl::Status CheckAlpn();
  // Exchange does what TLS needs before a call that gave `result` can go on. OutOfRange: TLS has
  // ended.
  absl::Status Exchange(int result, absl::string_view what, MonoTime deadline);
  // Stopped is why a call gave `result`: OK where TLS needs more of the receiver, OutOfRange where
  // TLS has ended. TakeIn gives TLS what came.
  absl::Status Stopped(int result, absl::string_view what);
  absl::Status TakeIn(const std::string& bytes, absl::string_view what);
  absl::Status Flush(MonoTime deadline);
  absl::Status Fail(absl::string_view what);

  const TlsStreamOptions options_;
  flows::StreamSocket socket_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TLS_TLS_STREAM_H_
