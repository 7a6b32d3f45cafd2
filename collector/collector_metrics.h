// What a collector counts, in Prometheus' text format.
#ifndef FIREBREAK_COLLECTOR_COLLECTOR_METRICS_H_
#define FIREBREAK_COLLECTOR_COLLECTOR_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "collector/collector_stats.h"
#include "collector/quarantine_feed.h"

namespace firebreak::collector {

struct CollectorMetricsInput {
  const ServerStats& server;
  const IntakeStats& intake;
  std::optional<QuarantineFeedStats> quarantine = {};  // absent: no list is given out
  uint64_t connections = 0;
  uint64_t journal_bytes = 0;
  bool ready = false;
};

std::string CollectorMetrics(const CollectorMetricsInput& input);

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_COLLECTOR_METRICS_H_
