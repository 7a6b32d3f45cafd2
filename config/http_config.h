// What HTTP requests may look like, and how many there may be: from the schema to plain values.
#ifndef FIREBREAK_CONFIG_HTTP_CONFIG_H_
#define FIREBREAK_CONFIG_HTTP_CONFIG_H_

#include <vector>

#include "config/field_checks.h"
#include "config/proxy_config.h"

namespace firebreak::config {
namespace v1 {
class Proxy;
}  // namespace v1

// BuildHttp reads `http`.
HttpConfig BuildHttp(const v1::Proxy& proxy, const FieldChecks& checks);

// BuildRateLimits reads `rate_limits`.
std::vector<RateLimitConfig> BuildRateLimits(const v1::Proxy& proxy, const FieldChecks& checks);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_HTTP_CONFIG_H_
