// OTLP over HTTP (opentelemetry-proto's specification): protobuf, gzip.
#ifndef FIREBREAK_FLOWS_OTLP_SINK_H_
#define FIREBREAK_FLOWS_OTLP_SINK_H_

#include <memory>
#include <string>

#include "flows/http_client.h"
#include "flows/sink.h"

namespace firebreak::flows {

// OtlpSink posts each batch to a logs receiver. 400, 413 and 422 say that the batch will never be
// taken. Other errors are tried again, also those that say that the address or the caller is wrong:
// whoever mends that wants the lines.
class OtlpSink final : public FlowSink {
 public:
  // stream as HttpClient has it.
  OtlpSink(HttpEndpoint endpoint, const Clock& clock, std::unique_ptr<ByteStream> stream = nullptr);

  Delivery Deliver(const Batch& batch) override;

 private:
  const std::string target_;
  HttpClient client_;
};

// OtlpVerdict says what an answer means.
Delivery OtlpVerdict(const HttpResponse& response);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_OTLP_SINK_H_
