// TlsEngine is what one worker needs to speak mutual TLS 1.3: contexts made of the SVID in force,
// the verification cache, the wire.
#ifndef FIREBREAK_PROXY_TLS_TLS_ENGINE_H_
#define FIREBREAK_PROXY_TLS_TLS_ENGINE_H_

#include <memory>

#include "absl/status/status.h"

#include "base/clock.h"
#include "base/limits.h"
#include "certs/file_source.h"
#include "certs/verify_cache.h"
#include "proxy/net/io.h"
#include "proxy/tls/wire.h"

struct ssl_ctx_st;
struct ssl_st;
struct crypto_buffer_pool_st;

namespace firebreak::proxy {

// An engine without an identity refuses every handshake. It belongs to one worker and outlives the
// worker's sessions.
//
// Sessions are never resumed: no tickets, no session cache, no early data. A resumed session would
// skip the certificate (security catalogue T-05).
class TlsEngine {
 public:
  TlsEngine(Scratch& scratch, const Limits& limits, const Clock& clock);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // SetIdentity replaces SVID and trust for handshakes that begin from now on. Sessions that live
  // keep theirs; ask Revalidate about their peers. On an error the trust is new and the SVID old.
  absl::Status SetIdentity(const certs::IdentityMaterial& material);
  bool has_identity() const { return server_context_ != nullptr; }

  // Revalidate tells whether a live session's peer is still one we trust. Expiry alone does not end
  // a session that began in time; a changed bundle or a revocation does.
  certs::SvidVerdict Revalidate(const certs::PeerIdentity& peer);
  // Changes whenever the answers of Revalidate may.
  uint64_t trust_epoch() const { return cache_.epoch(); }

  // For TlsTransport.
  enum class Role { kServer, kClient };
  ssl_ctx_st* context(Role role) const {
    return role == Role::kServer ? server_context_.get() : client_context_.get();
  }
  certs::VerifyCache& cache() { return cache_; }
  Wire& wire() { return wire_; }
  const Clock& clock() const { return clock_; }

 private:
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> NewContext(const certs::X509Svid& svid, Role role);

  const Limits& limits_;
  const Clock& clock_;
  Wire wire_;
  certs::VerifyCache cache_;
  // Certificates that many sessions show are kept once. Declared before the contexts, which must
  // not outlive it.
  std::unique_ptr<crypto_buffer_pool_st, void (*)(crypto_buffer_pool_st*)> pool_;
  std::shared_ptr<ssl_ctx_st> server_context_;
  std::shared_ptr<ssl_ctx_st> client_context_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TLS_TLS_ENGINE_H_
