#include "filters/stats/stats_filter.h"

namespace firebreak::filters {
namespace {

// The only writer needs no atomic addition: a plain load and store that readers may see between.
void Add(ConnectionStats::Counter& counter, uint64_t count) {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace

Step StatsFilter::OnEstablished(Connection& connection) {
  Add(stats_.opened[static_cast<size_t>(connection.record.direction)], 1);
  return Step::kContinue;
}

void StatsFilter::OnEnd(Connection& connection) {
  const flows::Record& record = connection.record;
  const auto direction = static_cast<size_t>(record.direction);
  Add(stats_.bytes_sent[direction], record.bytes_sent);
  Add(stats_.bytes_received[direction], record.bytes_received);
  Add(stats_.ended[direction][static_cast<size_t>(record.verdict)]
                  [static_cast<size_t>(record.reason)],
      1);
}

}  // namespace firebreak::filters
