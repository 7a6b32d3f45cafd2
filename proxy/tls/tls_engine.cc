#include "proxy/tls/tls_engine.h"

#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <utility>
#include <vector>

#include "base/status.h"
#include "proxy/tls/tls_transport.h"

namespace firebreak::proxy {
namespace {

// X25519 first; P-256 for peers that may not use it. Upstream's X25519MLKEM768 costs a fifth of a
// handshake and is left to a later decision.
constexpr char kGroups[] = "X25519:P-256";

absl::Status TlsError(absl::string_view what) {
  ERR_clear_error();
  return absl::InternalError(what);
}

}  // namespace

TlsEngine::TlsEngine(Scratch& scratch, const Limits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      wire_(scratch),
      cache_(std::make_shared<const certs::TrustStore>(), limits),
      pool_(CRYPTO_BUFFER_POOL_new(), &CRYPTO_BUFFER_POOL_free) {}

TlsEngine::~TlsEngine() = default;

absl::Status TlsEngine::SetIdentity(const certs::IdentityMaterial& material) {
  // Trust first: whatever becomes of our own SVID, who was revoked is revoked.
  cache_.SetTrustStore(material.trust);
  FB_ASSIGN_OR_RETURN(auto server, NewContext(material.svid, Role::kServer));
  FB_ASSIGN_OR_RETURN(auto client, NewContext(material.svid, Role::kClient));
  server_context_ = std::move(server);
  client_context_ = std::move(client);
  return absl::OkStatus();
}

certs::SvidVerdict TlsEngine::Revalidate(const certs::PeerIdentity& peer) {
  return cache_.Revalidate(peer, clock_.WallNow());
}

absl::StatusOr<std::shared_ptr<ssl_ctx_st>> TlsEngine::NewContext(const certs::X509Svid& svid,
                                                                  Role role) {
  // TLS_with_buffers_method leaves certificates as bytes: our validator parses them, once a chain.
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_with_buffers_method()), &SSL_CTX_free);
  if (context == nullptr) return TlsError("cannot create a TLS context");
  SSL_CTX_set0_buffer_pool(context.get(), pool_.get());
  if (SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set1_curves_list(context.get(), kGroups) != 1) {
    return TlsError("cannot set TLS 1.3 and its groups");
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_early_data_enabled(context.get(), 0);
  SSL_CTX_set_max_cert_list(context.get(), static_cast<size_t>(limits_.max_client_hello_bytes));
  SSL_CTX_set_retain_only_sha256_of_client_certs(context.get(), 1);

  std::vector<CRYPTO_BUFFER*> chain;
  for (const std::string& der : svid.chain_der()) {
    chain.push_back(
        CRYPTO_BUFFER_new(reinterpret_cast<const uint8_t*>(der.data()), der.size(), pool_.get()));
  }
  const int chain_set = SSL_CTX_set_chain_and_key(context.get(), chain.data(), chain.size(),
                                                  svid.private_key(), nullptr);
  for (CRYPTO_BUFFER* certificate : chain) CRYPTO_BUFFER_free(certificate);
  if (chain_set != 1) return TlsError("the SVID cannot be used for TLS");

  const int mode =
      role == Role::kServer ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER;
  TlsTransport::InstallVerifier(context.get(), mode);
  if (role == Role::kServer) TlsTransport::InstallAlpn(context.get());
  return context;
}

}  // namespace firebreak::proxy
