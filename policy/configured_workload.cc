#include "policy/configured_workload.h"

namespace firebreak::policy {
namespace {

// PortsOf: a port counts as one of bytes when every listener that leads there declares TCP. A
// listener for captured connections leads everywhere.
ListenerPorts PortsOf(const config::ProxyConfig& config, Direction direction) {
  ListenerPorts ports;
  size_t listeners = 0;
  size_t declared = 0;
  bool everywhere = false;
  bool requests_everywhere = false;
  std::set<uint16_t> requests;
  for (const config::ListenerConfig& listener : config.listeners) {
    if (listener.direction != direction) continue;
    ++listeners;
    const bool bytes = listener.protocol == config::ListenerProtocol::kTcp;
    if (bytes) ++declared;
    if (listener.upstream.has_value()) {
      (bytes ? ports.bytes : requests).insert(listener.upstream->port());
    } else {
      everywhere = true;
      requests_everywhere = requests_everywhere || !bytes;
    }
  }
  if (!everywhere && listeners > 0) {
    ports.all = ports.bytes;
    ports.all.insert(requests.begin(), requests.end());
  }
  for (const uint16_t port : requests) ports.bytes.erase(port);
  if (requests_everywhere) ports.bytes.clear();
  ports.bytes_everywhere = listeners > 0 && declared == listeners;
  return ports;
}

}  // namespace

Workload ConfiguredWorkload(const config::ProxyConfig& config) {
  return {.workload_namespace = config.node.workload_namespace,
          .labels = config.node.labels,
          .inbound = PortsOf(config, Direction::kInbound),
          .outbound = PortsOf(config, Direction::kOutbound)};
}

}  // namespace firebreak::policy
