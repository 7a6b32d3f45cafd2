// How many workers this machine, or this container's share of it, is worth.
#ifndef FIREBREAK_PROXY_MAIN_CPU_QUOTA_H_
#define FIREBREAK_PROXY_MAIN_CPU_QUOTA_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// QuotaOf reads a cgroup v2 cpu.max ("150000 100000") and returns the CPUs it grants, rounded up;
// nullopt for "max" and for anything it does not understand.
std::optional<int> QuotaOf(absl::string_view cpu_max);

// DefaultConcurrency is the CPU quota of the cgroup, rounded up, or the CPUs this process may run
// on; at least 1 and at most 4, since more workers cost memory that a sidecar seldom earns back.
int DefaultConcurrency();

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_CPU_QUOTA_H_
