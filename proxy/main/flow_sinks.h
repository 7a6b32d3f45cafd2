// The flow log as the configuration wants it.
#ifndef FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_
#define FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "collector/sink/collector_dialer.h"
#include "collector/sink/identity_slot.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "flows/flow_log.h"
#include "proxy/main/head_signer.h"

namespace firebreak::proxy {

// FlowLogIdentity is who the log speaks for: whom its HEAD lines are signed by, and who connects to
// a collector. Signer and slot outlive the log, and are kept up to date by their owner.
struct FlowLogIdentity {
  std::string principal;
  const HeadSigner& signer;
  const collector::IdentitySlot& slot;
};

// CollectorTarget is where the collector is, and who it must prove to be.
absl::StatusOr<collector::LinkTarget> CollectorTarget(const config::FlowCollectorConfig& config);

// CheckFlowLog tells of every file and folder of the flow log that MakeFlowLog could not have, at
// its place in the configuration. Reads what is to be read, and writes nothing.
void CheckFlowLog(const config::ProxyConfig& config, const Clock& clock,
                  config::Diagnostics* diagnostics);

// MakeFlowLog opens files, folders and sockets of every sink that is configured; an error names the
// one that cannot be had.
absl::StatusOr<std::unique_ptr<flows::FlowLog>> MakeFlowLog(const config::ProxyConfig& config,
                                                            const FlowLogIdentity& identity,
                                                            const Clock& clock);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_FLOW_SINKS_H_
