#ifndef FIREBREAK_PROXY_MAIN_POLICY_WORKLOAD_H_
#define FIREBREAK_PROXY_MAIN_POLICY_WORKLOAD_H_

#include "config/proxy_config.h"
#include "policy/workload.h"

namespace firebreak::proxy {

// PolicyWorkload is the workload of a configuration as policies see it: who it is, and on which of
// its ports no requests are looked into.
policy::Workload PolicyWorkload(const config::ProxyConfig& config);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_POLICY_WORKLOAD_H_
