#include "filters/api/http_exchange.h"

#include <memory>
#include <string>

#include "base/recycler.h"

namespace firebreak::filters {

HttpExchange::HttpExchange(Connection& on)
    : connection(on),
      info(std::allocate_shared<flows::HttpInfo>(RecyclingAllocator<flows::HttpInfo>())) {
  const flows::Record& whole = on.record;
  record.event = flows::Event::kRequest;
  record.direction = whole.direction;
  record.verdict = Verdict::kDropped;
  record.reason = Reason::kInternal;
  record.protocol = whole.protocol;
  record.flow_id_high = whole.flow_id_high;
  record.flow_id_low = whole.flow_id_low;
  record.source = whole.source;
  record.destination = whole.destination;
  record.tls = whole.tls;
  record.http = info;
}

void HttpExchange::Refuse(Verdict verdict, Reason reason, int status, absl::string_view detail) {
  if (refused()) return;
  refusal_status = status;
  record.verdict = verdict;
  record.reason = reason;
  if (!detail.empty()) record.detail = std::make_shared<const std::string>(detail);
}

}  // namespace firebreak::filters
