// Workload is whom a policy set is compiled for: the workload behind this sidecar.
#ifndef FIREBREAK_POLICY_WORKLOAD_H_
#define FIREBREAK_POLICY_WORKLOAD_H_

#include <map>
#include <string>

namespace firebreak::policy {

// A policy applies to a workload when its namespace is the workload's and every label of its
// selector is among the workload's labels.
struct Workload {
  std::string workload_namespace;
  std::map<std::string, std::string> labels;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKLOAD_H_
