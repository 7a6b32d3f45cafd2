#include "filters/flow_log/flow_log_filter.h"

#include <memory>
#include <utility>

#include "filters/flow_log/last_report.h"

namespace firebreak::filters {

Step FlowLogFilter::OnEstablished(Connection& connection) {
  if (!options_.open_records) return Step::kContinue;
  flows::Record record = connection.record;
  Stamp(connection, flows::Event::kOpen, &record);
  ring_.Push(std::move(record));
  return Step::kContinue;
}

void FlowLogFilter::OnPeriodic(Connection& connection) {
  if (StateOf(connection) == nullptr) SetState(connection, std::make_unique<LastReport>());
  flows::Record record = connection.record;
  Stamp(connection, flows::Event::kPeriodic, &record);
  static_cast<LastReport*>(StateOf(connection))->Advance(&record);
  record.inspection = nullptr;  // told once, at the end, and counted once
  ring_.Push(std::move(record));
}

void FlowLogFilter::OnEnd(Connection& connection) {
  Stamp(connection, flows::Event::kClose, &connection.record);
  ring_.Push(std::move(connection.record));
}

void FlowLogFilter::Stamp(const Connection& connection, flows::Event event,
                          flows::Record* record) const {
  record->event = event;
  record->time = clock_.WallNow();
  record->duration_us = std::chrono::duration_cast<std::chrono::microseconds>(
                            clock_.MonoNow() - connection.accepted_at)
                            .count();
}

}  // namespace firebreak::filters
