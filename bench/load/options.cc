#include "bench/load/options.h"

#include <charconv>

namespace firebreak::bench {

bool ParseProtocol(const std::string& text, Protocol* out) {
  if (text == "raw") {
    *out = Protocol::kRaw;
  } else if (text == "http1") {
    *out = Protocol::kHttp1;
  } else if (text == "http2") {
    *out = Protocol::kHttp2;
  } else if (text == "grpc") {
    *out = Protocol::kGrpc;
  } else if (text == "grpc-stream") {
    *out = Protocol::kGrpcStream;
  } else {
    return false;
  }
  return true;
}

uint64_t LeadingNumber(const char* begin, const char* end) {
  while (begin != end && *begin == ' ') ++begin;
  uint64_t number = 0;
  std::from_chars(begin, end, number);
  return number;
}

}  // namespace firebreak::bench
