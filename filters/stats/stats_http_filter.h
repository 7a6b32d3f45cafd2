// StatsHttpFilter counts a worker's requests by direction, verdict, reason and status class.
#ifndef FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_

#include <atomic>
#include <cstdint>

#include "filters/api/http_filter.h"

namespace firebreak::filters {

// RequestStats has one writer, its worker, and any number of readers, as ConnectionStats has.
struct RequestStats {
  static constexpr int kDirections = 2;
  static constexpr int kVerdicts = 4;
  static constexpr int kStatusClasses = 6;  // 0: not answered; 1 to 5: the status's first digit
  using Counter = std::atomic<uint64_t>;

  Counter ended[kDirections][kVerdicts][kReasonCount] = {};
  Counter answered[kDirections][kStatusClasses] = {};
  Counter duration_us[kDirections] = {};
};

class StatsHttpFilter final : public HttpFilter {
 public:
  // The stats outlive the filter.
  StatsHttpFilter(RequestStats& stats, const Clock& clock) : stats_(stats), clock_(clock) {}

  void OnEnd(HttpExchange& exchange) override;

 private:
  RequestStats& stats_;
  const Clock& clock_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_
