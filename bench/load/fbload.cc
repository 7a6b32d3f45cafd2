// fbload: the load generator of the benchmark and its back end, in clear text (the sidecars between
// them speak TLS). `client` opens its connections, prints {"open": N}, and then for each line on
// stdin, a number of seconds, runs a block and prints its result; the end of stdin ends it.
#include <sys/prctl.h>

#include <charconv>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include "bench/load/client.h"
#include "bench/load/server.h"

namespace firebreak::bench {
namespace {

constexpr char kUsage[] =
    "usage: fbload server --listen IP:PORT [--protocol PROTOCOL]\n"
    "       fbload client --connect IP:PORT [--protocol PROTOCOL] [--connections N] [--streams N]\n"
    "                     [--request BYTES] [--response BYTES] [--reconnect 0|1]\n"
    "                     [--rate PER_SECOND] [--paths N] [--path-stride N]\n"
    "PROTOCOL: raw (default), http1, http2, grpc, grpc-stream\n";

class Arguments {
 public:
  // Parse takes `--name value` pairs; false for anything else.
  bool Parse(int argc, char** argv) {
    if (argc < 2 || argc % 2 != 0) return false;
    for (int i = 2; i + 1 < argc; i += 2) values_[argv[i]] = argv[i + 1];
    return true;
  }

  bool Address(const char* name, sockaddr_in* out) { return ParseAddress(values_[name], out); }

  bool ReadProtocol(Protocol* out) {
    const auto found = values_.find("--protocol");
    return found == values_.end() || ParseProtocol(found->second, out);
  }

  // Number leaves `out` as it is when the option is absent.
  template <typename T>
  bool Number(const char* name, T* out) {
    const auto found = values_.find(name);
    if (found == values_.end()) return true;
    const char* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, *out);
    return parsed.ec == std::errc() && parsed.ptr == end && *out >= 0;
  }

 private:
  std::map<std::string, std::string> values_;
};

int RunClient(const LoadOptions& options) {
  Load load(options);
  if (!load.Open()) {
    std::fputs("fbload: not every connection could be opened\n", stderr);
    return 3;
  }
  std::printf("{\"open\": %d}\n", options.connections);
  std::fflush(stdout);
  double seconds = 0;
  while (std::cin >> seconds) {
    std::printf("%s\n", load.RunBlock(seconds).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) {
  using firebreak::bench::LoadOptions;
  using firebreak::bench::Protocol;
  firebreak::bench::Arguments arguments;
  LoadOptions options;
  options.exchange.response_bytes = 64;
  int reconnect = 0;
  const bool parsed = arguments.Parse(argc, argv) && arguments.ReadProtocol(&options.protocol) &&
                      arguments.Number("--connections", &options.connections) &&
                      arguments.Number("--streams", &options.streams) &&
                      arguments.Number("--paths", &options.paths) &&
                      arguments.Number("--path-stride", &options.path_stride) &&
                      arguments.Number("--request", &options.exchange.request_bytes) &&
                      arguments.Number("--response", &options.exchange.response_bytes) &&
                      arguments.Number("--reconnect", &reconnect) &&
                      arguments.Number("--rate", &options.rate);
  options.reconnect = reconnect != 0;
  const bool many = options.protocol != Protocol::kRaw && options.protocol != Protocol::kHttp1;
  const std::string mode = parsed && !(many && options.reconnect) ? argv[1] : "";
  if (mode == "server" && arguments.Address("--listen", &options.address)) {
    return firebreak::bench::Serve(options.address, options.protocol);
  }
  if (mode == "client" && arguments.Address("--connect", &options.address)) {
    // Open-loop arrivals are microseconds apart; the default timer slack is 50 of them.
    prctl(PR_SET_TIMERSLACK, 1);
    return firebreak::bench::RunClient(options);
  }
  std::fputs(firebreak::bench::kUsage, stderr);
  return 2;
}
