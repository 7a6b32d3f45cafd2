#include "filters/flow_log/flow_log_http_filter.h"

#include <chrono>
#include <utility>

namespace firebreak::filters {

void FlowLogHttpFilter::OnEnd(HttpExchange& exchange) {
  flows::Record& record = exchange.record;
  record.time = clock_.WallNow();
  record.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonoNow() - exchange.began_at)
          .count();
  record.bytes_sent = exchange.info->request_bytes;
  record.bytes_received = exchange.info->response_bytes;
  // The ring's reader is another thread: from here on nobody may change what it shares.
  exchange.info.reset();
  ring_.Push(std::move(record));
}

}  // namespace firebreak::filters
