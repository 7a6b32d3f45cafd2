#ifndef FIREBREAK_BENCH_LOAD_CLIENT_H_
#define FIREBREAK_BENCH_LOAD_CLIENT_H_

#include <netinet/in.h>
#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/load/socket.h"

namespace firebreak::bench {

struct LoadOptions {
  sockaddr_in address = {};
  int connections = 1;
  ExchangeHeader exchange;
  bool reconnect = false;  // a new connection for each exchange
  double rate = 0;         // exchanges a second, Poisson arrivals; 0: closed loop
};

// Load runs exchanges in blocks over a fixed set of connections. Closed loop: each connection
// starts the next exchange when one ends. Open loop: exchanges arrive on their own schedule whether
// or not a connection is free, and latency counts from the scheduled time, so that a stall is seen
// by all that would have come during it. One thread.
class Load {
 public:
  explicit Load(const LoadOptions& options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Open makes the kept connections, one exchange on each. False when some failed.
  bool Open();

  // RunBlock starts exchanges for so long and returns once all have ended; the result is a JSON
  // object without newline. Exchanges still unfinished after a grace of 10 s count as errors.
  std::string RunBlock(double seconds);

 private:
  struct Connection {
    int fd = -1;
    bool connected = false;
    bool busy = false;
    uint64_t intended = 0;  // nanoseconds
    uint64_t send_left = 0;
    uint64_t receive_left = 0;
  };

  void Start(Connection* connection, uint64_t intended);
  void OnEvent(Connection* connection, uint32_t events);
  bool Progress(Connection* connection);
  bool SendRequest(Connection* connection);
  bool ReceiveResponse(Connection* connection);
  void Finish(Connection* connection, bool ok);
  void Close(Connection* connection);
  void StartDueArrivals(uint64_t now);
  void Wait(uint64_t until);
  void NextArrival();

  const LoadOptions options_;
  const int epoll_fd_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::deque<uint64_t> queue_;  // arrivals that found no idle connection
  const std::unique_ptr<IoBuffer> out_;
  const std::unique_ptr<IoBuffer> in_;
  LatencyHistogram latencies_;
  std::mt19937_64 engine_;
  uint64_t next_arrival_ = 0;
  uint64_t block_end_ = 0;
  uint64_t errors_ = 0;
  uint64_t late_ = 0;  // sent over a millisecond after their time
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_CLIENT_H_
