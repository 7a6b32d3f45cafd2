#include "filters/flow_log/flow_log_filter.h"

#include <utility>

namespace firebreak::filters {

Step FlowLogFilter::OnEstablished(Connection& connection) {
  if (options_.open_records) Push(connection, flows::Event::kOpen, connection.record);
  return Step::kContinue;
}

void FlowLogFilter::OnEnd(Connection& connection) {
  Push(connection, flows::Event::kClose, std::move(connection.record));
}

void FlowLogFilter::Push(Connection& connection, flows::Event event, flows::Record record) {
  record.event = event;
  record.time = clock_.WallNow();
  record.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonoNow() -
                                                                             connection.accepted_at)
                           .count();
  ring_.Push(std::move(record));
}

}  // namespace firebreak::filters
