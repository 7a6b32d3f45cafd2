// StatsFilter counts a worker's connections by direction, verdict and reason, and their bytes.
#ifndef FIREBREAK_FILTERS_STATS_STATS_FILTER_H_
#define FIREBREAK_FILTERS_STATS_STATS_FILTER_H_

#include "filters/api/connection_filter.h"
#include "filters/stats/counter.h"

namespace firebreak::filters {

// ConnectionStats is what one worker's filter has counted; bytes when a connection ends.
struct ConnectionStats {
  CountByDirection opened = {};
  CountByDirection bytes_sent = {};
  CountByDirection bytes_received = {};
  CountOfEnds ended = {};
};

class StatsFilter final : public ConnectionFilter {
 public:
  // The stats outlive the filter.
  explicit StatsFilter(ConnectionStats& stats) : stats_(stats) {}

  Step OnEstablished(Connection& connection) override;
  void OnEnd(Connection& connection) override;

 private:
  ConnectionStats& stats_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_STATS_STATS_FILTER_H_
