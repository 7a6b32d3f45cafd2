// The filters of this build, in the order they run: an explicit table, so that a missing one is a
// link error and the order is one place to read.
#ifndef FIREBREAK_PROXY_MAIN_BUILTIN_FILTERS_H_
#define FIREBREAK_PROXY_MAIN_BUILTIN_FILTERS_H_

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/turn_budget.h"
#include "config/proxy_config.h"
#include "filters/api/connection_filter.h"
#include "filters/api/http_filter.h"
#include "filters/inspect/inspection_plan.h"
#include "filters/inspect/inspection_stats.h"
#include "filters/inspect/live_inspection.h"
#include "filters/stats/stats_filter.h"
#include "filters/stats/stats_http_filter.h"
#include "flows/ring.h"
#include "policy/authorizer.h"

namespace firebreak::proxy {

// FilterEnvironment is one worker's, of `workers`. `ring` is null when no flow log is configured,
// `inspection` when nothing is inspected. turn_budget bounds what inspection decodes at once.
struct FilterEnvironment {
  const config::ProxyConfig& config;
  int workers = 1;
  policy::Authorizer& authorizer;
  filters::ConnectionStats& stats;
  filters::RequestStats& request_stats;
  filters::InspectionStats& inspection_stats;
  std::shared_ptr<const filters::InspectionPlan> inspection;
  filters::LiveInspection& live;
  TurnBudget& turn_budget;
  flows::Ring* ring = nullptr;
  bool open_records = false;
  const Clock& clock;
};

std::vector<std::unique_ptr<filters::ConnectionFilter>> BuiltinFilters(
    const FilterEnvironment& environment);
std::vector<std::unique_ptr<filters::HttpFilter>> BuiltinHttpFilters(
    const FilterEnvironment& environment);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_BUILTIN_FILTERS_H_
