// The Prometheus text of a sidecar (text format 0.0.4).
#ifndef FIREBREAK_PROXY_MAIN_METRICS_H_
#define FIREBREAK_PROXY_MAIN_METRICS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "filters/stats/stats_filter.h"
#include "filters/stats/stats_http_filter.h"
#include "flows/flow_log.h"
#include "proxy/main/baselines.h"
#include "proxy/main/quarantine_source.h"

namespace firebreak::proxy {

struct PackStats {
  uint64_t rules = 0;
  uint64_t reloads = 0;
  uint64_t rejections = 0;
};

// MetricsInput is what is known at the moment of a scrape. Label values come from closed lists
// only, so a peer cannot add a series.
struct MetricsInput {
  std::vector<const filters::ConnectionStats*> workers;
  std::vector<const filters::RequestStats*> request_workers;
  size_t live_sessions = 0;
  size_t held_bytes = 0;
  uint64_t inspection_errors = 0;
  flows::FlowLogStats flow_log;
  uint64_t policy_reloads = 0;
  uint64_t policy_rejections = 0;
  std::chrono::nanoseconds longest_policy_pause{0};
  uint64_t identity_reloads = 0;
  uint64_t identity_rejections = 0;
  std::vector<BaselineStats> baselines;
  std::optional<PackStats> packs;             // absent: there can be none
  std::optional<QuarantineStats> quarantine;  // absent: there can be none
  absl::Time svid_not_after;
};

std::string RenderMetrics(const MetricsInput& input);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_METRICS_H_
