// What a load consists of.
#ifndef FIREBREAK_BENCH_LOAD_OPTIONS_H_
#define FIREBREAK_BENCH_LOAD_OPTIONS_H_

#include <netinet/in.h>

#include <cstdint>
#include <string>

namespace firebreak::bench {

enum class Protocol : uint8_t {
  kRaw,         // ExchangeHeader and bytes
  kHttp1,       // HTTP/1.1, one request at a time on a connection
  kHttp2,       // HTTP/2 with prior knowledge
  kGrpc,        // unary calls over HTTP/2
  kGrpcStream,  // one call for good on each stream; an exchange is a message each way
};

// ParseProtocol reads raw, http1, http2, grpc or grpc-stream; false for anything else.
bool ParseProtocol(const std::string& text, Protocol* out);

// LeadingNumber reads the decimal number that [begin, end) starts with, after blanks; 0 when there
// is none.
uint64_t LeadingNumber(const char* begin, const char* end);

// An exchange: the client sends `request_bytes`; once all is read, the server sends
// `response_bytes`. As kRaw it begins with this very header (host byte order: both ends are this
// program). In HTTP the two are the sizes of bodies; no request body makes it a GET.
struct ExchangeHeader {
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
};

struct LoadOptions {
  sockaddr_in address = {};
  Protocol protocol = Protocol::kRaw;
  int connections = 1;
  int streams = 1;  // HTTP/2: exchanges at once on each connection
  ExchangeHeader exchange;
  bool reconnect = false;  // a new connection for each exchange; not with HTTP/2
  int paths = 1;           // HTTP/1.1: requests take turns through so many paths
  int path_stride = 1;     // /v1/resource-0, -1 times this, -2 times this ...
  double rate = 0;         // exchanges a second, Poisson arrivals; 0: closed loop
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_OPTIONS_H_
