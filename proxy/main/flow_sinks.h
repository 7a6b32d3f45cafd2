// The flow log as the configuration wants it.
#ifndef FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_
#define FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "config/proxy_config.h"
#include "flows/flow_log.h"
#include "proxy/main/head_signer.h"

namespace firebreak::proxy {

// MakeFlowLog opens files, folders and sockets of every sink that is configured; an error names the
// one that cannot be had. principal is whom the log's HEAD lines are signed by; the signer outlives
// the log.
absl::StatusOr<std::unique_ptr<flows::FlowLog>> MakeFlowLog(const config::ProxyConfig& config,
                                                            const std::string& principal,
                                                            const HeadSigner& signer,
                                                            const Clock& clock);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_
