// The side of the load generator that answers, one object a connection.
#ifndef FIREBREAK_BENCH_LOAD_SERVER_H_
#define FIREBREAK_BENCH_LOAD_SERVER_H_

#include <netinet/in.h>

#include <memory>

#include "bench/load/options.h"
#include "bench/load/socket.h"

namespace firebreak::bench {

// ServedConnection answers the exchanges of one connection, which it owns.
class ServedConnection {
 public:
  explicit ServedConnection(int fd) : fd_(fd) {}
  virtual ~ServedConnection();
  ServedConnection(const ServedConnection&) = delete;
  ServedConnection& operator=(const ServedConnection&) = delete;

  // OnEvent returns false when the connection is over.
  virtual bool OnEvent(IoBuffer& scratch) = 0;

 protected:
  int fd() const { return fd_; }

 private:
  const int fd_;
};

std::unique_ptr<ServedConnection> MakeServedRaw(int fd);
std::unique_ptr<ServedConnection> MakeServedHttp1(int fd);
std::unique_ptr<ServedConnection> MakeServedHttp2(int fd);  // gRPC too

// Serve answers exchanges on one thread until the process is killed. Returns only on failure, with
// the exit code.
int Serve(const sockaddr_in& address, Protocol protocol);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_SERVER_H_
