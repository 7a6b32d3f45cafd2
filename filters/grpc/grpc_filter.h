// GrpcFilter holds gRPC requests and their responses to the protocol (gRPC over HTTP2): deadlines
// and the framing of messages, both ways. Other requests pass it untouched.
#ifndef FIREBREAK_FILTERS_GRPC_GRPC_FILTER_H_
#define FIREBREAK_FILTERS_GRPC_GRPC_FILTER_H_

#include <memory>

#include "base/limits.h"
#include "filters/api/http_filter.h"

namespace firebreak::filters {

class GrpcFilter final : public HttpFilter {
 public:
  // The limits outlive the filter.
  explicit GrpcFilter(const Limits& limits) : limits_(limits) {}

  std::unique_ptr<FilterState> NewState(HttpExchange& exchange) override;
  // A grpc-timeout above max_grpc_timeout_ms is written anew as that; one that is none is refused.
  Step OnRequest(HttpExchange& exchange) override;
  // Only a response that is gRPC has messages: the error page of something in between has not.
  Step OnResponse(HttpExchange& exchange) override;
  bool WantsBodies() const override { return true; }
  // A refusal says MALFORMED or LIMIT, and its detail what of it.
  Step OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) override;
  Step OnBodyEnd(HttpExchange& exchange, Towards towards) override;

 private:
  struct State;

  const Limits& limits_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_GRPC_GRPC_FILTER_H_
