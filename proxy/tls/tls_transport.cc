#include "proxy/tls/tls_transport.h"

#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kAlpnHttp1 = "http/1.1";
constexpr absl::string_view kAlpnHttp2 = "h2";

// TakeErrors empties the thread's error queue and returns the reason of its first entry, which is
// the cause; later ones repeat it further out.
std::string TakeErrors() {
  const uint32_t first = ERR_get_error();
  ERR_clear_error();
  if (first == 0) return {};
  const char* reason = ERR_reason_error_string(first);
  return reason != nullptr ? reason : absl::StrCat("TLS error ", ERR_GET_REASON(first));
}

uint8_t AlertOf(certs::SvidError error) {
  const Reason reason = ReasonOf(error);
  if (reason == Reason::kRevoked) return SSL_AD_CERTIFICATE_REVOKED;
  if (reason == Reason::kInternal) return SSL_AD_INTERNAL_ERROR;
  // What is wrong in detail is ours to log, not a stranger's to learn.
  return error == certs::SvidError::kExpired ? SSL_AD_CERTIFICATE_EXPIRED : SSL_AD_BAD_CERTIFICATE;
}

std::vector<absl::string_view> ChainOf(const SSL* ssl) {
  std::vector<absl::string_view> chain;
  const STACK_OF(CRYPTO_BUFFER)* certificates = SSL_get0_peer_certificates(ssl);
  if (certificates == nullptr) return chain;
  for (size_t i = 0; i < sk_CRYPTO_BUFFER_num(certificates); ++i) {
    const CRYPTO_BUFFER* der = sk_CRYPTO_BUFFER_value(certificates, i);
    chain.emplace_back(reinterpret_cast<const char*>(CRYPTO_BUFFER_data(der)),
                       CRYPTO_BUFFER_len(der));
  }
  return chain;
}

}  // namespace

void TlsTransport::FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }

std::unique_ptr<TlsTransport> TlsTransport::Server(Socket socket, Scratch& scratch,
                                                   TlsEngine& engine, AlpnSet alpn) {
  if (!engine.has_identity()) return nullptr;
  std::unique_ptr<TlsTransport> transport(new TlsTransport(
      std::move(socket), scratch, engine, TlsEngine::Role::kServer, nullptr, alpn));
  return transport->ssl_ != nullptr ? std::move(transport) : nullptr;
}

std::unique_ptr<TlsTransport> TlsTransport::Client(Socket socket, Scratch& scratch,
                                                   TlsEngine& engine,
                                                   const ExpectedIdentities& expected,
                                                   AlpnSet alpn) {
  if (!engine.has_identity()) return nullptr;
  std::unique_ptr<TlsTransport> transport(new TlsTransport(
      std::move(socket), scratch, engine, TlsEngine::Role::kClient, &expected, alpn));
  return transport->ssl_ != nullptr && transport->Offer(alpn) ? std::move(transport) : nullptr;
}

TlsTransport::TlsTransport(Socket socket, Scratch& scratch, TlsEngine& engine, TlsEngine::Role role,
                           const ExpectedIdentities* expected, AlpnSet alpn)
    : Transport(std::move(socket), scratch),
      engine_(engine),
      ssl_(SSL_new(engine.context(role))),
      stash_(scratch.slabs()),
      expected_(expected),
      alpn_(alpn) {
  if (ssl_ == nullptr) {
    ERR_clear_error();
    return;
  }
  BIO* bio = engine.wire().bio();
  BIO_up_ref(bio);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  // Handshake state is not needed again: two thirds of a session's memory.
  SSL_set_shed_handshake_config(ssl_.get(), 1);
  if (role == TlsEngine::Role::kServer) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

TlsTransport::~TlsTransport() = default;

bool TlsTransport::Offer(AlpnSet alpn) {
  std::string offer;  // each name behind its length (RFC 7301 section 3.1)
  for (const auto& [wanted, name] : {std::pair(alpn.http2, kAlpnHttp2), {alpn.http1, kAlpnHttp1}}) {
    if (!wanted) continue;
    offer.push_back(static_cast<char>(name.size()));
    offer.append(name.data(), name.size());
  }
  if (offer.empty()) return true;
  return SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const uint8_t*>(offer.data()),
                             offer.size()) == 0;
}

Alpn TlsTransport::alpn() const {
  const uint8_t* chosen = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &bytes);
  const absl::string_view name(reinterpret_cast<const char*>(chosen), bytes);
  if (name == kAlpnHttp2) return Alpn::kHttp2;
  return name == kAlpnHttp1 ? Alpn::kHttp1 : Alpn::kNone;
}

// The server's choice is the first of the client's names that it takes. With none in common the
// extension goes unanswered: the first bytes then say what is spoken.
void TlsTransport::InstallAlpn(ssl_ctx_st* context) {
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL* ssl, const uint8_t** out, uint8_t* out_bytes, const uint8_t* offered,
         unsigned offered_bytes, void*) -> int {
        const auto* transport = static_cast<const TlsTransport*>(SSL_get_app_data(ssl));
        absl::string_view rest(reinterpret_cast<const char*>(offered), offered_bytes);
        while (!rest.empty()) {
          const auto length = static_cast<uint8_t>(rest[0]);
          const absl::string_view name = rest.substr(1, length);
          if ((name == kAlpnHttp2 && transport->alpn_.http2) ||
              (name == kAlpnHttp1 && transport->alpn_.http1)) {
            *out = reinterpret_cast<const uint8_t*>(name.data());
            *out_bytes = length;
            return SSL_TLSEXT_ERR_OK;
          }
          rest.remove_prefix(std::min<size_t>(rest.size(), size_t{1} + length));
        }
        return SSL_TLSEXT_ERR_NOACK;
      },
      nullptr);
}

TlsTransport::HandshakeState TlsTransport::Handshake() {
  engine_.wire().Enter(*this);
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  const std::string text = TakeErrors();
  const IoState sent = engine_.wire().Leave();
  if (result == 1 && peer_ != nullptr) return HandshakeState::kDone;
  if (result != 1 && error == SSL_ERROR_WANT_READ && sent != IoState::kReset) {
    return HandshakeState::kBlocked;
  }
  if (wire_state_ == IoState::kEof || error == SSL_ERROR_ZERO_RETURN) {
    Fail(Reason::kTlsFailure, "closed during the handshake");
  } else if (wire_state_ == IoState::kReset || sent == IoState::kReset) {
    Fail(Reason::kTlsFailure, "reset during the handshake");
  }
  Fail(Reason::kTlsFailure, text);
  return HandshakeState::kFailed;
}

// The first failure stands.
void TlsTransport::Fail(Reason reason, std::string detail) {
  if (failure_ == nullptr) {
    failure_ = std::make_unique<Failure>(Failure{reason, std::move(detail)});
  }
}

const std::string& TlsTransport::failure_detail() const {
  static const std::string none;
  return failure_ != nullptr ? failure_->detail : none;
}

flows::TlsInfo TlsTransport::Info() const {
  flows::TlsInfo info;
  info.version = static_cast<uint16_t>(SSL_version(ssl_.get()));
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get()); cipher != nullptr) {
    info.cipher = SSL_CIPHER_get_protocol_id(cipher);
  }
  info.group = SSL_get_curve_id(ssl_.get());
  if (const char* sni = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name); sni != nullptr) {
    // Names are compared without regard to case (RFC 6066 section 3).
    info.sni = std::make_shared<const std::string>(absl::AsciiStrToLower(sni));
  }
  if (peer_ != nullptr) {
    info.svid_serial = SharedString(peer_, &peer_->serial_hex);
    info.svid_not_after = peer_->not_after;
  }
  return info;
}

void TlsTransport::InstallVerifier(ssl_ctx_st* context, int mode) {
  SSL_CTX_set_custom_verify(context, mode, [](SSL* ssl, uint8_t* out_alert) {
    auto* transport = static_cast<TlsTransport*>(SSL_get_app_data(ssl));
    return transport->Verify(ssl, out_alert) ? ssl_verify_ok : ssl_verify_invalid;
  });
}

bool TlsTransport::Verify(ssl_st* ssl, uint8_t* out_alert) {
  const std::vector<absl::string_view> chain = ChainOf(ssl);
  certs::SvidVerdict verdict = engine_.cache().Verify(chain, engine_.clock().WallNow());
  if (!verdict.ok()) {
    *out_alert = AlertOf(verdict.error);
    Fail(ReasonOf(verdict.error), absl::StrCat(SvidErrorName(verdict.error),
                                               verdict.detail.empty() ? "" : ": ", verdict.detail));
    return false;
  }
  if (expected_ != nullptr && !IsExpected(verdict.identity->id)) {
    *out_alert = SSL_AD_BAD_CERTIFICATE;
    Fail(Reason::kIdentityMismatch, absl::StrCat("the peer is ", verdict.identity->id.principal()));
    return false;
  }
  peer_ = std::move(verdict.identity);
  trust_epoch_ = engine_.cache().epoch();
  return true;
}

bool TlsTransport::IsExpected(const certs::SpiffeId& id) const {
  return std::find(expected_->begin(), expected_->end(), id) != expected_->end();
}

IoState TlsTransport::StateOf(int ssl_result) const {
  switch (SSL_get_error(ssl_.get(), ssl_result)) {
    case SSL_ERROR_WANT_READ:
      return IoState::kBlocked;
    case SSL_ERROR_ZERO_RETURN:
      return IoState::kEof;
    default:
      break;
  }
  if (wire_state_ == IoState::kEof) return IoState::kTruncated;
  return wire_state_ == IoState::kReset ? IoState::kReset : IoState::kTlsError;
}

// IsDrained: there is nothing that SSL_read could return, which it takes a while to find out
// itself. What ended or broke the session it says again.
bool TlsTransport::IsDrained() const {
  return !readable() && stash_.empty() && !engine_.wire().holds_input() &&
         SSL_has_pending(ssl_.get()) == 0 &&
         (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) == 0;
}

ReadResult TlsTransport::Read(absl::Span<char> into) {
  if (IsDrained()) return {.bytes = 0, .state = IoState::kBlocked};
  engine_.wire().Enter(*this);
  ReadResult result{.bytes = 0, .state = IoState::kOk};
  while (result.bytes < into.size()) {
    if (IsDrained()) {
      result.state = IoState::kBlocked;
      break;
    }
    const int got = SSL_read(ssl_.get(), into.data() + result.bytes,
                             static_cast<int>(into.size() - result.bytes));
    if (got <= 0) {
      result.state = StateOf(got);
      break;
    }
    result.bytes += static_cast<size_t>(got);
  }
  if (result.state == IoState::kTlsError) Fail(Reason::kMalformed, TakeErrors());
  if (result.state == IoState::kTruncated) Fail(Reason::kNone, "ended without close_notify");
  if (result.state != IoState::kOk && result.state != IoState::kBlocked) ERR_clear_error();
  engine_.wire().Leave();
  return result;
}

IoState TlsTransport::Write(absl::string_view bytes) {
  if (bytes.empty()) return write_blocked() ? IoState::kBlocked : IoState::kOk;
  engine_.wire().Enter(*this);
  const int put = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  const IoState sent = engine_.wire().Leave();
  if (put == static_cast<int>(bytes.size())) return sent;
  // The wire takes everything, so a short write is a session that can write no more.
  ERR_clear_error();
  return IoState::kReset;
}

IoState TlsTransport::SealEnd() {
  engine_.wire().Enter(*this);
  SSL_shutdown(ssl_.get());  // sends close_notify; the peer's is met by Read
  ERR_clear_error();
  return engine_.wire().Leave() == IoState::kReset ? IoState::kReset : IoState::kOk;
}

ReadResult TlsTransport::ReceiveWire(absl::Span<char> into) {
  // The whole stash at once, which fits because it came from one such read: what is left of it is
  // stashed again by Leave, and must not land behind something older.
  if (!stash_.empty()) {
    size_t count = 0;
    iovec piece;
    while (stash_.Front(&piece, 1) == 1) {
      std::memcpy(into.data() + count, piece.iov_base, piece.iov_len);
      count += piece.iov_len;
      stash_.Drain(piece.iov_len);
    }
    return {.bytes = count, .state = IoState::kOk};
  }
  const ReadResult got = Receive(into);
  wire_state_ = got.state;
  return got;
}

}  // namespace firebreak::proxy
