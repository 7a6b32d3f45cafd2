#include "proxy/main/builtin_filters.h"

#include <utility>

#include "filters/authz/authz_filter.h"
#include "filters/authz/authz_http_filter.h"
#include "filters/flow_log/flow_log_filter.h"
#include "filters/flow_log/flow_log_http_filter.h"
#include "filters/grpc/grpc_filter.h"
#include "filters/inspect/inspect_filter.h"
#include "filters/rate_limit/rate_limit_filter.h"

namespace firebreak::proxy {
namespace {

// InspectionOf has an entry for each listener; none when no listener asks for any.
std::vector<config::InspectionConfig> InspectionOf(const config::ProxyConfig& config) {
  std::vector<config::InspectionConfig> listeners;
  bool any = false;
  for (const config::ListenerConfig& listener : config.listeners) {
    any = any || listener.inspection.mode != InspectionMode::kOff;
    listeners.push_back(listener.inspection);
  }
  if (!any) listeners.clear();
  return listeners;
}

}  // namespace

std::vector<std::unique_ptr<filters::ConnectionFilter>> BuiltinFilters(
    const FilterEnvironment& environment) {
  std::vector<std::unique_ptr<filters::ConnectionFilter>> chain;
  // Who may pass comes first: nothing else sees a connection that is not allowed.
  chain.push_back(std::make_unique<filters::AuthzFilter>(environment.authorizer, environment.clock,
                                                         environment.config.http.trusted_hops));
  chain.push_back(std::make_unique<filters::StatsFilter>(environment.stats));
  // The flow log takes the record away at the end, so it is last.
  if (environment.ring != nullptr) {
    chain.push_back(std::make_unique<filters::FlowLogFilter>(
        *environment.ring, environment.clock,
        filters::FlowLogFilter::Options{.open_records = environment.open_records}));
  }
  return chain;
}

std::vector<std::unique_ptr<filters::HttpFilter>> BuiltinHttpFilters(
    const FilterEnvironment& environment) {
  std::vector<std::unique_ptr<filters::HttpFilter>> chain;
  chain.push_back(std::make_unique<filters::AuthzHttpFilter>(
      environment.authorizer, environment.clock, environment.config.http.trusted_hops));
  if (!environment.config.rate_limits.empty()) {
    chain.push_back(std::make_unique<filters::RateLimitFilter>(
        environment.config.rate_limits, environment.workers, environment.clock));
  }
  chain.push_back(std::make_unique<filters::GrpcFilter>(environment.config.limits));
  if (std::vector<config::InspectionConfig> inspection = InspectionOf(environment.config);
      !inspection.empty()) {
    chain.push_back(std::make_unique<filters::InspectFilter>(std::move(inspection)));
  }
  chain.push_back(
      std::make_unique<filters::StatsHttpFilter>(environment.request_stats, environment.clock));
  if (environment.ring != nullptr) {
    chain.push_back(
        std::make_unique<filters::FlowLogHttpFilter>(*environment.ring, environment.clock));
  }
  return chain;
}

}  // namespace firebreak::proxy
