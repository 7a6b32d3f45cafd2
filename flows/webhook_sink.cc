#include "flows/webhook_sink.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

constexpr absl::Duration kFirstWait = absl::Milliseconds(250);
constexpr absl::Duration kLongestWait = absl::Seconds(30);

bool MayPass(int status) { return status == 408 || status == 429 || status >= 500; }

}  // namespace

WebhookSink::WebhookSink(HttpEndpoint endpoint, const Clock& clock)
    : target_(endpoint.target), client_(std::move(endpoint), clock) {}

Delivery WebhookSink::Post(absl::string_view line) {
  const auto response = client_.Post(target_, {{"Content-Type", "application/json"}}, line);
  if (response.ok() && response->status / 100 == 2) return Delivery::Taken();
  const std::string why = response.ok() ? absl::StrCat("it answered ", response->status)
                                        : std::string(response.status().message());
  const bool again = (!response.ok() || MayPass(response->status)) && ++tries_ < kMaxTries;
  if (!again) return Delivery::Refused(why);
  Delivery later = Delivery::Later(why);
  later.wait = std::min(kLongestWait, kFirstWait * (1 << tries_));
  if (response.ok())
    later.wait = std::max(later.wait, std::min(kLongestWait, response->retry_after));
  return later;
}

Delivery WebhookSink::Deliver(const Batch& batch) {
  while (sent_ < batch.text.size()) {
    const size_t end = batch.text.find('\n', sent_);
    Delivery delivery = Post(absl::string_view(batch.text).substr(sent_, end - sent_));
    if (delivery.fate == Delivery::Fate::kLater) return delivery;
    if (delivery.fate == Delivery::Fate::kRefused) {
      ++refused_;
      why_ = std::move(delivery.detail);
    }
    tries_ = 0;
    sent_ = end + 1;
  }
  sent_ = 0;
  Delivery taken = Delivery::Taken();
  taken.refused_lines = std::exchange(refused_, 0);
  taken.detail = std::exchange(why_, {});
  return taken;
}

}  // namespace firebreak::flows
