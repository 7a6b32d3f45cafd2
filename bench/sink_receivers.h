// Receivers of the flow log that take everything and keep nothing, for sink_bench.
#ifndef FIREBREAK_BENCH_SINK_RECEIVERS_H_
#define FIREBREAK_BENCH_SINK_RECEIVERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

#include "proxy/net/socket.h"

namespace firebreak::bench {

enum class ReceiverKind : uint8_t {
  kUdp,
  kUnix,  // datagrams, as at /dev/log
  kTcp,
  kHttp,  // 200 to every request, without a body
  kGrpc,  // OK to every call, once the sender has ended its half
};

// Receiver serves one sender on loopback, on a thread of its own, until it is destroyed; the sender
// has ended its connection by then.
class Receiver {
 public:
  // path is for kUnix. Errors: there is no socket to be had.
  static absl::StatusOr<std::unique_ptr<Receiver>> Start(ReceiverKind kind,
                                                         const std::string& path = "");
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  uint16_t port() const;

 private:
  Receiver(ReceiverKind kind, proxy::Socket socket);
  void Run();

  const ReceiverKind kind_;
  const proxy::Socket socket_;
  std::thread thread_;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_SINK_RECEIVERS_H_
