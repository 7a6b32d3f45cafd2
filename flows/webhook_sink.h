// Lines to whoever takes JSON by HTTP POST: one request a line.
#ifndef FIREBREAK_FLOWS_WEBHOOK_SINK_H_
#define FIREBREAK_FLOWS_WEBHOOK_SINK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "flows/http_client.h"
#include "flows/sink.h"

namespace firebreak::flows {

// WebhookSink posts each line as application/json. 2xx is taken; 408, 429, 5xx and no answer are
// tried again, later each time and no more than kMaxTries times; anything else is refused. So a
// line may come twice, and a receiver that stays away costs that line and not those after it.
class WebhookSink final : public FlowSink {
 public:
  static constexpr int kMaxTries = 6;

  WebhookSink(HttpEndpoint endpoint, const Clock& clock);

  Delivery Deliver(const Batch& batch) override;

 private:
  Delivery Post(absl::string_view line);

  const std::string target_;
  HttpClient client_;
  size_t sent_ = 0;       // bytes of the batch at hand that are settled, whole lines
  int tries_ = 0;         // of the line at sent_
  uint64_t refused_ = 0;  // lines of the batch
  std::string why_;       // the last of them was
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_WEBHOOK_SINK_H_
