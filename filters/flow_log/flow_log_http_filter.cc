#include "filters/flow_log/flow_log_http_filter.h"

#include <chrono>
#include <memory>
#include <utility>

#include "filters/flow_log/last_report.h"

namespace firebreak::filters {

void FlowLogHttpFilter::OnPeriodic(HttpExchange& exchange) {
  if (StateOf(exchange) == nullptr) SetState(exchange, std::make_unique<LastReport>());
  flows::Record record = exchange.record;
  record.event = flows::Event::kPeriodic;
  Stamp(exchange, &record);
  static_cast<LastReport*>(StateOf(exchange))->Advance(&record);
  record.inspection = nullptr;  // told once, at the end, and counted once
  ring_.Push(std::move(record));
}

void FlowLogHttpFilter::OnEnd(HttpExchange& exchange) {
  Stamp(exchange, &exchange.record);
  ring_.Push(std::move(exchange.record));
}

void FlowLogHttpFilter::Stamp(const HttpExchange& exchange, flows::Record* record) const {
  record->time = clock_.WallNow();
  record->duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonoNow() - exchange.began_at)
          .count();
  record->bytes_sent = exchange.record.http->request_bytes;
  record->bytes_received = exchange.record.http->response_bytes;
}

}  // namespace firebreak::filters
