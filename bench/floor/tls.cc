#include "bench/floor/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pool.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace firebreak::bench {
namespace {

int ReadFromBatch(BIO* bio, char* out, int size) {
  auto* batch = static_cast<CipherBatch*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const size_t n = std::min(batch->in_end - batch->in_begin, static_cast<size_t>(size));
  if (n == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(out, batch->in.data() + batch->in_begin, n);
  batch->in_begin += n;
  return static_cast<int>(n);
}

int WriteToBatch(BIO* bio, const char* data, int size) {
  auto* batch = static_cast<CipherBatch*>(BIO_get_data(bio));
  batch->out.insert(batch->out.end(), data, data + size);
  return size;
}

long Control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* BatchMethod() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "batch");
    BIO_meth_set_read(made, ReadFromBatch);
    BIO_meth_set_write(made, WriteToBatch);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

SSL_CTX* Complain(const std::string& file) {
  fprintf(stderr, "floor_relay: cannot use %s: ", file.c_str());
  ERR_print_errors_fp(stderr);
  fputc('\n', stderr);
  return nullptr;
}

}  // namespace

SSL_CTX* NewContext(const TlsFiles& files) {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set1_curves_list(context, "X25519");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Connections to one peer share its certificate.
  SSL_CTX_set0_buffer_pool(context, CRYPTO_BUFFER_POOL_new());
  SSL_CTX_set_retain_only_sha256_of_client_certs(context, 1);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate_chain.c_str()) != 1) {
    return Complain(files.certificate_chain);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Complain(files.private_key);
  }
  if (SSL_CTX_load_verify_locations(context, files.ca.c_str(), nullptr) != 1) {
    return Complain(files.ca);
  }
  return context;
}

SSL* NewSession(SSL_CTX* context, CipherBatch* batch, bool is_server) {
  SSL* ssl = SSL_new(context);
  BIO* bio = BIO_new(BatchMethod());
  BIO_set_data(bio, batch);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_shed_handshake_config(ssl, 1);
  if (is_server) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
  }
  return ssl;
}

}  // namespace firebreak::bench
