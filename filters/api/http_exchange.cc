#include "filters/api/http_exchange.h"

#include <string>

namespace firebreak::filters {

HttpExchange::HttpExchange(Connection& on) : connection(on) {
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
  record.http.emplace();
}

void HttpExchange::Refuse(Verdict verdict, Reason reason, int status, absl::string_view detail) {
  if (refused()) return;
  refusal_status = status;
  record.verdict = verdict;
  record.reason = reason;
  if (!detail.empty()) record.detail = std::make_shared<const std::string>(detail);
}

}  // namespace firebreak::filters
