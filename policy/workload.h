// Workload is whom a policy set is compiled for: the workload behind this sidecar.
#ifndef FIREBREAK_POLICY_WORKLOAD_H_
#define FIREBREAK_POLICY_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace firebreak::policy {

// ListenerPorts is where the listeners of a sidecar lead, in one direction, and where they declare
// TCP, so that no requests are looked into.
struct ListenerPorts {
  std::set<uint16_t> all;  // empty: everywhere, or nothing is known
  std::set<uint16_t> bytes;
  bool bytes_everywhere = false;

  bool Reaches(uint16_t port) const { return all.empty() || all.count(port) > 0; }
  bool CarriesBytes(uint16_t port) const { return bytes_everywhere || bytes.count(port) > 0; }
};

// A policy applies to a workload when its namespace is the workload's and every label of its
// selector is among the workload's labels.
struct Workload {
  std::string workload_namespace;
  std::map<std::string, std::string> labels;
  // Empty where nothing is known of listeners, as on the command line.
  ListenerPorts inbound = {};
  ListenerPorts outbound = {};
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKLOAD_H_
