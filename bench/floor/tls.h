// The TLS half of the floor relay: one context a process, one batch buffer a thread.
#ifndef FIREBREAK_BENCH_FLOOR_TLS_H_
#define FIREBREAK_BENCH_FLOOR_TLS_H_

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace firebreak::bench {

inline constexpr size_t kChunk = size_t{64} * 1024;

// CipherBatch is what every SSL of the thread reads from and writes to: the ciphertext of one recv,
// which feeds many records, and the records of many writes, which leave in one send. Between two
// events both halves are empty, so an idle connection owns neither.
struct CipherBatch {
  std::array<char, kChunk> in;
  size_t in_begin = 0;
  size_t in_end = 0;
  std::vector<char> out;
};

struct TlsFiles {
  std::string certificate_chain;
  std::string private_key;
  std::string ca;
};

// NewContext returns a TLS 1.3 context (X25519, no tickets, the peer's chain verified against the
// CA file), or nullptr after printing why. It lives as long as the process.
SSL_CTX* NewContext(const TlsFiles& files);

// NewSession returns an SSL over `batch`, which must outlive it. Owned by the caller.
SSL* NewSession(SSL_CTX* context, CipherBatch* batch, bool is_server);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_FLOOR_TLS_H_
