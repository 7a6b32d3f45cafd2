// From the configuration of a sidecar to the workload that policies speak of.
#ifndef FIREBREAK_POLICY_CONFIGURED_WORKLOAD_H_
#define FIREBREAK_POLICY_CONFIGURED_WORKLOAD_H_

#include "config/proxy_config.h"
#include "policy/workload.h"

namespace firebreak::policy {

// ConfiguredWorkload is the workload of a sidecar's configuration as policies see it: who it is,
// where its listeners lead, and on which ports no requests are looked into.
Workload ConfiguredWorkload(const config::ProxyConfig& config);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_CONFIGURED_WORKLOAD_H_
