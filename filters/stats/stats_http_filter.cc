#include "filters/stats/stats_http_filter.h"

#include <algorithm>

namespace firebreak::filters {

void StatsHttpFilter::OnEnd(HttpExchange& exchange) {
  const flows::Record& record = exchange.record;
  const int status_class =
      std::clamp(record.http->status / 100, 0, RequestStats::kStatusClasses - 1);
  Add(stats_.answered[static_cast<size_t>(record.direction)][static_cast<size_t>(status_class)], 1);
  AddEnd(stats_.ended, record.direction, record.verdict, record.reason);
}

}  // namespace firebreak::filters
