#include "proxy/main/builtin_filters.h"

#include "filters/authz/authz_filter.h"
#include "filters/authz/authz_http_filter.h"
#include "filters/flow_log/flow_log_filter.h"
#include "filters/flow_log/flow_log_http_filter.h"
#include "filters/grpc/grpc_filter.h"
#include "filters/inspect/inspect_filter.h"
#include "filters/inspect/stream_filter.h"
#include "filters/rate_limit/rate_limit_filter.h"

namespace firebreak::proxy {

std::vector<std::unique_ptr<filters::ConnectionFilter>> BuiltinFilters(
    const FilterEnvironment& environment) {
  std::vector<std::unique_ptr<filters::ConnectionFilter>> chain;
  // Who may pass comes first: nothing else sees a connection that is not allowed.
  chain.push_back(std::make_unique<filters::AuthzFilter>(environment.authorizer, environment.clock,
                                                         environment.config.http.trusted_hops));
  if (environment.inspection != nullptr) {
    chain.push_back(std::make_unique<filters::StreamFilter>(environment.inspection,
                                                            environment.clock, environment.live));
  }
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
  if (environment.inspection != nullptr) {
    chain.push_back(
        std::make_unique<filters::InspectFilter>(environment.inspection, environment.turn_budget,
                                                 environment.inspection_stats, environment.live));
  }
  chain.push_back(std::make_unique<filters::StatsHttpFilter>(environment.request_stats));
  if (environment.ring != nullptr) {
    chain.push_back(
        std::make_unique<filters::FlowLogHttpFilter>(*environment.ring, environment.clock));
  }
  return chain;
}

}  // namespace firebreak::proxy
