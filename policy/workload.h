// Workload is whom a policy set is compiled for: the workload behind this sidecar.
#ifndef FIREBREAK_POLICY_WORKLOAD_H_
#define FIREBREAK_POLICY_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace firebreak::policy {

// BytePorts says where a sidecar looks into no requests: its listeners declare TCP.
struct BytePorts {
  bool all = false;  // every listener does
  std::set<uint16_t> ports;

  bool Has(uint16_t port) const { return all || ports.count(port) > 0; }
};

// A policy applies to a workload when its namespace is the workload's and every label of its
// selector is among the workload's labels.
struct Workload {
  std::string workload_namespace;
  std::map<std::string, std::string> labels;
  // By direction; empty where nothing is known of listeners, as on the command line.
  BytePorts inbound_bytes = {};
  BytePorts outbound_bytes = {};
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKLOAD_H_
