#include "filters/stats/stats_filter.h"

namespace firebreak::filters {

Step StatsFilter::OnEstablished(Connection& connection) {
  Add(stats_.opened[static_cast<size_t>(connection.record.direction)], 1);
  return Step::kContinue;
}

void StatsFilter::OnEnd(Connection& connection) {
  const flows::Record& record = connection.record;
  const auto direction = static_cast<size_t>(record.direction);
  Add(stats_.bytes_sent[direction], record.bytes_sent);
  Add(stats_.bytes_received[direction], record.bytes_received);
  AddEnd(stats_.ended, record.direction, record.verdict, record.reason);
}

}  // namespace firebreak::filters
