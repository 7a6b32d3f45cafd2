// StatsFilter counts a worker's connections by direction, verdict and reason, and their bytes.
#ifndef FIREBREAK_FILTERS_STATS_STATS_FILTER_H_
#define FIREBREAK_FILTERS_STATS_STATS_FILTER_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "filters/api/connection_filter.h"

namespace firebreak::filters {

// ConnectionStats has one writer, its worker, and any number of readers: no counter is ever shared
// between workers. Readers sum.
struct ConnectionStats {
  static constexpr int kDirections = 2;
  static constexpr int kVerdicts = 4;
  using Counter = std::atomic<uint64_t>;

  Counter opened[kDirections] = {};
  Counter bytes_sent[kDirections] = {};
  Counter bytes_received[kDirections] = {};
  Counter ended[kDirections][kVerdicts][kReasonCount] = {};
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
