// Listeners and outbound destinations: from the schema to plain values.
#ifndef FIREBREAK_CONFIG_LISTENER_CONFIG_H_
#define FIREBREAK_CONFIG_LISTENER_CONFIG_H_

#include <vector>

#include "config/field_checks.h"
#include "config/proxy_config.h"

namespace firebreak::config {
namespace v1 {
class Proxy;
}  // namespace v1

// BuildListeners reads `listeners`. Needs the finished outbound part of config, since what a
// listener without upstream may do depends on it.
std::vector<ListenerConfig> BuildListeners(const v1::Proxy& proxy, const OutboundConfig& outbound,
                                           const FieldChecks& checks);

// BuildOutbound reads `outbound`.
OutboundConfig BuildOutbound(const v1::Proxy& proxy, const FieldChecks& checks);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_LISTENER_CONFIG_H_
