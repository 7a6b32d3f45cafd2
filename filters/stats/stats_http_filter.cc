#include "filters/stats/stats_http_filter.h"

#include <algorithm>
#include <chrono>

namespace firebreak::filters {
namespace {

// The only writer needs no atomic addition: a plain load and store that readers may see between.
void Add(RequestStats::Counter& counter, uint64_t count) {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace

void StatsHttpFilter::OnEnd(HttpExchange& exchange) {
  const flows::Record& record = exchange.record;
  const auto direction = static_cast<size_t>(record.direction);
  const int status_class =
      std::clamp(exchange.record.http->status / 100, 0, RequestStats::kStatusClasses - 1);
  Add(stats_.answered[direction][static_cast<size_t>(status_class)], 1);
  Add(stats_.ended[direction][static_cast<size_t>(record.verdict)]
                  [static_cast<size_t>(record.reason)],
      1);
  Add(stats_.duration_us[direction],
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonoNow() -
                                                                                  exchange.began_at)
                                .count()));
}

}  // namespace firebreak::filters
