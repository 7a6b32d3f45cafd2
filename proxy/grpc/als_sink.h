// Envoy's access log service (ALS, envoy.service.accesslog.v3) as a receiver of the flow log.
#ifndef FIREBREAK_PROXY_GRPC_ALS_SINK_H_
#define FIREBREAK_PROXY_GRPC_ALS_SINK_H_

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "flows/byte_stream.h"
#include "flows/sink.h"
#include "proxy/grpc/grpc_link.h"

namespace firebreak::proxy {

// AlsSink makes one call for each batch. ALS acknowledges no message, but a server ends a call, and
// with OK only when its handler has been given every message up to the end and returned: that is
// when a batch counts as delivered. Only INVALID_ARGUMENT refuses one; all else is tried again.
class AlsSink final : public flows::FlowSink {
 public:
  static constexpr std::chrono::seconds kConnectTimeout{5};
  static constexpr std::chrono::seconds kCallTimeout{10};

  // stream carries it: TCP, or TLS that agrees on HTTP/2.
  AlsSink(GrpcServer server, std::string log_name, std::unique_ptr<flows::ByteStream> stream,
          const Clock& clock);

  flows::Delivery Deliver(const flows::Batch& batch) override;
  void Stop() override { link_.reset(); }

 private:
  absl::Status Call(const std::vector<std::string>& messages);

  const GrpcServer server_;
  const std::string log_name_;
  const Clock& clock_;
  const std::unique_ptr<flows::ByteStream> stream_;
  std::unique_ptr<GrpcLink> link_;  // declared after stream_, which it closes
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_GRPC_ALS_SINK_H_
