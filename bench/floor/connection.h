// One relayed connection of the floor relay: a plain socket, a TLS socket, and what waits between.
#ifndef FIREBREAK_BENCH_FLOOR_CONNECTION_H_
#define FIREBREAK_BENCH_FLOOR_CONNECTION_H_

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/floor/tls.h"

namespace firebreak::bench {

struct Relay {
  int epoll_fd = -1;
  sockaddr_in upstream = {};
  SSL_CTX* context = nullptr;
  bool is_server = false;  // the listener speaks TLS
  CipherBatch batch;
  std::array<char, kChunk + kChunk / 2> plain;  // one recv decrypted, plus a record begun earlier
};

class Connection;

// Side is what an epoll event points to.
struct Side {
  Connection* connection = nullptr;
  int fd = -1;
  bool connecting = false;
  bool hangup = false;     // the peer's end is somewhere in the stream: read until it is reached
  bool eof = false;        // it was reached
  bool shut = false;       // we have finished
  std::vector<char> wait;  // accepted from the other side and not yet sent; freed when it empties
};

// Connection is edge-triggered: each socket is registered once for both directions, and a direction
// stops reading while what it read waits to be sent. One thread.
class Connection {
 public:
  // Takes the accepted socket. The upstream is connected at once when it is the TLS side, and after
  // the handshake when it is the plain one: an unverified peer reaches nobody.
  Connection(Relay* relay, int accepted_fd);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // OnEvent returns false when the connection is over and may be deleted.
  bool OnEvent(Side* side, uint32_t events);

 private:
  bool Register(Side* side, int fd);
  bool ConnectUpstream(Side* side);
  bool Handshake();
  bool PumpTls();
  bool PumpPlain();
  bool Rearm(Side* side);
  bool DecryptBatch();
  bool SendBatch();
  bool Send(Side* side, const char* data, size_t size);
  bool Flush(Side* side);
  bool FinishDirections();

  Relay* relay_;
  SSL* ssl_;
  Side tls_;
  Side plain_;
  bool established_ = false;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_FLOOR_CONNECTION_H_
