// StatsHttpFilter counts a worker's requests by direction, verdict, reason and status class.
#ifndef FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_

#include "filters/api/http_filter.h"
#include "filters/stats/counter.h"

namespace firebreak::filters {

// RequestStats is what one worker's filter has counted, each request when it ends.
struct RequestStats {
  static constexpr int kStatusClasses = 6;  // 0: not answered; 1 to 5: the status's first digit

  CountOfEnds ended = {};
  Counter answered[kDirections][kStatusClasses] = {};
};

class StatsHttpFilter final : public HttpFilter {
 public:
  // The stats outlive the filter.
  explicit StatsHttpFilter(RequestStats& stats) : stats_(stats) {}

  void OnEnd(HttpExchange& exchange) override;

 private:
  RequestStats& stats_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_STATS_STATS_HTTP_FILTER_H_
