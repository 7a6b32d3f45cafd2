// Mutual TLS with SVIDs for who blocks: the wire of sidecars, carried as a sink's connection.
#ifndef FIREBREAK_PROXY_TLS_SVID_STREAM_H_
#define FIREBREAK_PROXY_TLS_SVID_STREAM_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "flows/byte_stream.h"
#include "proxy/tls/tls_transport.h"

namespace firebreak::proxy {

// SvidStream sends nothing but a handshake to a peer that has not proved to be one of `expected`.
class SvidStream final : public flows::ByteStream {
 public:
  // Engine and scratch outlive it; each connection is made with the identity that the engine has
  // then. HTTP/2 is agreed on by ALPN, or the connection fails.
  SvidStream(TlsEngine& engine, Scratch& scratch, ExpectedIdentities expected, const Clock& clock)
      : engine_(engine), scratch_(scratch), expected_(std::move(expected)), clock_(clock) {}
  ~SvidStream() override { Close(); }

  absl::Status Connect(const std::string& host, uint16_t port, MonoTime deadline) override;
  absl::Status Write(absl::string_view text, MonoTime deadline) override;
  absl::StatusOr<std::string> Read(size_t most, MonoTime deadline) override;
  absl::StatusOr<std::optional<std::string>> ReadNow(size_t most) override;
  bool IsStale() const override;
  bool is_open() const override { return transport_ != nullptr; }
  // Close ends the stream in order, as far as that needs no waiting.
  void Close() override;

 private:
  absl::Status Handshake(MonoTime deadline);
  absl::Status Await(absl::string_view what, MonoTime deadline);
  absl::Status Fail(absl::Status status);

  TlsEngine& engine_;
  Scratch& scratch_;
  const ExpectedIdentities expected_;
  const Clock& clock_;
  std::unique_ptr<TlsTransport> transport_;
  IoState read_state_ = IoState::kBlocked;  // how the last read left it
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TLS_SVID_STREAM_H_
