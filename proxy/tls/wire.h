// Wire is the BIO under every TLS session of one worker: it reads sockets in large pieces that feed
// many records, and gathers the records of one call into one send.
#ifndef FIREBREAK_PROXY_TLS_WIRE_H_
#define FIREBREAK_PROXY_TLS_WIRE_H_

#include <cstddef>

#include "absl/types/span.h"

#include "proxy/net/io.h"

struct bio_st;

namespace firebreak::proxy {

class TlsTransport;

// BoringSSL asks its BIO for five bytes, then for the body, and writes record by record; each would
// be a system call. A session uses the worker's one Wire between Enter and Leave; sessions never
// nest, because a session's callbacks do not drive another.
class Wire {
 public:
  explicit Wire(Scratch& scratch);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void Enter(TlsTransport& session) { session_ = &session; }
  // Leave sends what was sealed, and gives bytes that were read and not used back to the session.
  IoState Leave();

  // Whether bytes were read that the session inside has not used.
  bool holds_input() const { return !wire_in_.empty(); }
  bio_st* bio() { return bio_; }

 private:
  static int OnRead(bio_st* bio, char* out, int length);
  static int OnWrite(bio_st* bio, const char* in, int length);
  static long OnControl(bio_st* bio, int command, long number, void* pointer);
  // Refill makes wire_in_ hold bytes of the session's socket: true, or it has noted why not.
  bool Refill();
  void SendSealed();

  Scratch& scratch_;
  bio_st* bio_;
  TlsTransport* session_ = nullptr;
  absl::Span<char> wire_in_;  // read and not yet used
  size_t sealed_ = 0;         // bytes of scratch_.wire_out() to send
  IoState send_state_ = IoState::kOk;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TLS_WIRE_H_
