#include "proxy/main/policy_workload.h"

namespace firebreak::proxy {
namespace {

// BytePortsOf: a port counts when every listener that leads there declares TCP. One for captured
// connections leads everywhere.
policy::BytePorts BytePortsOf(const config::ProxyConfig& config, Direction direction) {
  policy::BytePorts bytes;
  size_t listeners = 0;
  size_t declared = 0;
  bool requests_everywhere = false;
  std::set<uint16_t> requests;
  for (const config::ListenerConfig& listener : config.listeners) {
    if (listener.direction != direction) continue;
    ++listeners;
    if (listener.protocol == config::ListenerProtocol::kTcp) {
      ++declared;
      if (listener.upstream.has_value()) bytes.ports.insert(listener.upstream->port());
    } else if (listener.upstream.has_value()) {
      requests.insert(listener.upstream->port());
    } else {
      requests_everywhere = true;
    }
  }
  for (const uint16_t port : requests) bytes.ports.erase(port);
  if (requests_everywhere) bytes.ports.clear();
  bytes.all = listeners > 0 && declared == listeners;
  return bytes;
}

}  // namespace

policy::Workload PolicyWorkload(const config::ProxyConfig& config) {
  return {.workload_namespace = config.node.workload_namespace,
          .labels = config.node.labels,
          .inbound_bytes = BytePortsOf(config, Direction::kInbound),
          .outbound_bytes = BytePortsOf(config, Direction::kOutbound)};
}

}  // namespace firebreak::proxy
