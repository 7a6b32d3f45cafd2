// RateLimitFilter refuses requests that their source makes too fast, or too many of at once.
#ifndef FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMIT_FILTER_H_
#define FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMIT_FILTER_H_

#include <memory>
#include <vector>

#include "base/clock.h"
#include "config/proxy_config.h"
#include "filters/api/http_filter.h"
#include "filters/rate_limit/rate_limiter.h"

namespace firebreak::filters {

// It stands behind authz: only requests that policy allows are counted, and only those that other
// workloads make. What this workload asks of others is for their sidecars to limit.
class RateLimitFilter final : public HttpFilter {
 public:
  // The filter is one of `workers`, each with its share of the limits; see RateLimiter.
  RateLimitFilter(const std::vector<config::RateLimitConfig>& limits, int workers,
                  const Clock& clock)
      : limiter_(limits, workers), clock_(clock) {}

  std::unique_ptr<FilterState> NewState(HttpExchange& exchange) override;
  // A refusal says RATE_LIMIT and which limit it was, and is answered with 429.
  Step OnRequest(HttpExchange& exchange) override;
  void OnEnd(HttpExchange& exchange) override;

 private:
  struct State;

  RateLimiter limiter_;
  const Clock& clock_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMIT_FILTER_H_
