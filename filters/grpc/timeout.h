// The grpc-timeout header (gRPC over HTTP2, Timeout).
#ifndef FIREBREAK_FILTERS_GRPC_TIMEOUT_H_
#define FIREBREAK_FILTERS_GRPC_TIMEOUT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::filters {

// GrpcTimeout is a time as it is written: at most eight digits, and a unit.
class GrpcTimeout {
 public:
  // Parse takes one to eight digits and one of H, M, S, m, u, n; nullopt for anything else.
  static std::optional<GrpcTimeout> Parse(absl::string_view text);

  bool LongerThan(int64_t milliseconds) const { return value_ * up_ > milliseconds * down_; }

 private:
  GrpcTimeout(int64_t value, int64_t up, int64_t down) : value_(value), up_(up), down_(down) {}

  // value * up / down milliseconds; 10^8 hours of them are below 2^49.
  int64_t value_;
  int64_t up_;
  int64_t down_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_GRPC_TIMEOUT_H_
