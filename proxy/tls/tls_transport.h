// TlsTransport is TLS 1.3 over a socket, with certificates required of both sides.
#ifndef FIREBREAK_PROXY_TLS_TLS_TRANSPORT_H_
#define FIREBREAK_PROXY_TLS_TLS_TRANSPORT_H_

#include <memory>
#include <string>
#include <vector>

#include "base/verdict.h"
#include "certs/peer_identity.h"
#include "flows/record.h"
#include "proxy/net/transport.h"
#include "proxy/tls/tls_engine.h"

struct ssl_st;

namespace firebreak::proxy {

// Identities that an upstream may prove to be; any one of them will do. Empty: nobody.
using ExpectedIdentities = std::vector<certs::SpiffeId>;

// AlpnSet is which protocols are offered (client) or taken (server) by ALPN (RFC 7301). None: the
// extension is not sent, or not answered.
struct AlpnSet {
  bool http1 = false;
  bool http2 = false;
};
enum class Alpn : uint8_t { kNone, kHttp1, kHttp2 };

// After construction call Handshake on every event until it says kDone; only then Read and Write.
class TlsTransport final : public Transport {
 public:
  enum class HandshakeState { kDone, kBlocked, kFailed };

  // Server and Client return null when the engine has no identity or no memory. `expected` is
  // borrowed until the handshake is done.
  static std::unique_ptr<TlsTransport> Server(Socket socket, Scratch& scratch, TlsEngine& engine,
                                              AlpnSet alpn = {});
  static std::unique_ptr<TlsTransport> Client(Socket socket, Scratch& scratch, TlsEngine& engine,
                                              const ExpectedIdentities& expected,
                                              AlpnSet alpn = {});
  ~TlsTransport() override;

  HandshakeState Handshake();
  // After kDone: who the peer proved to be, never null.
  const certs::PeerIdentityPtr& peer() const { return peer_; }
  // The epoch of the trust store that the peer was verified under.
  uint64_t trust_epoch() const { return trust_epoch_; }
  flows::TlsInfo Info() const;
  // After kDone: what both sides agreed to speak; kNone when nothing was agreed.
  Alpn alpn() const;
  // After kFailed, or a Read that ended in kTlsError or kTruncated: why, in the words of a flow
  // record. An identity that failed to verify goes before what TLS says of it.
  Reason failure_reason() const { return failure_ != nullptr ? failure_->reason : Reason::kNone; }
  const std::string& failure_detail() const;

  ReadResult Read(absl::Span<char> into) override;
  IoState Write(absl::string_view bytes) override;

  // For TlsEngine: makes context's sessions, which are all TlsTransports, ask Verify about the
  // peer's certificates. mode: SSL_VERIFY_...
  static void InstallVerifier(ssl_ctx_st* context, int mode);
  // For TlsEngine: makes a server context choose among what its transports take.
  static void InstallAlpn(ssl_ctx_st* context);

  // For Wire.
  ReadResult ReceiveWire(absl::Span<char> into);
  IoState SendWire(absl::string_view sealed) { return SendOrHold(sealed); }
  void Stash(absl::string_view unused) { stash_.Append(unused); }
  IoState wire_state() const { return wire_state_; }

 private:
  struct Failure {
    Reason reason;
    std::string detail;
  };
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };

  TlsTransport(Socket socket, Scratch& scratch, TlsEngine& engine, TlsEngine::Role role,
               const ExpectedIdentities* expected, AlpnSet alpn);
  bool Offer(AlpnSet alpn);
  IoState SealEnd() override;
  bool Verify(ssl_st* ssl, uint8_t* out_alert);
  bool IsExpected(const certs::SpiffeId& id) const;
  void Fail(Reason reason, std::string detail);
  IoState StateOf(int ssl_result) const;
  bool IsDrained() const;

  TlsEngine& engine_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  Buffer stash_;  // read from the socket and not yet by TLS
  certs::PeerIdentityPtr peer_;
  uint64_t trust_epoch_ = 0;
  const ExpectedIdentities* expected_;  // null on the server side
  const AlpnSet alpn_;
  std::unique_ptr<Failure> failure_;
  IoState wire_state_ = IoState::kBlocked;  // of the last read of the socket
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TLS_TLS_TRANSPORT_H_
