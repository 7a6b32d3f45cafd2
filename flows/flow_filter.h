// Which flows a question is about.
#ifndef FIREBREAK_FLOWS_FLOW_FILTER_H_
#define FIREBREAK_FLOWS_FLOW_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "base/ip.h"
#include "flows/flow.h"

namespace firebreak::flows {

// EndpointFilter: the values within a list are alternatives; the lists must all match. An empty
// list matches everything.
struct EndpointFilter {
  std::vector<std::string> principals;  // without spiffe://; "*" at one end matches any rest
  std::vector<std::string> namespaces;
  std::vector<std::string> workloads;  // service account or workload name, or "namespace/name"
  std::vector<CidrBlock> ips;
  std::vector<uint16_t> ports;

  bool Matches(const FlowEndpoint& endpoint) const;
};

// FlowFilter reads as EndpointFilter does. A LOST line says that flows are missing, and nobody
// knows which; it passes every filter but event, since and until.
struct FlowFilter {
  std::vector<std::string> events;  // enum values as they stand in the log
  std::vector<std::string> directions;
  std::vector<std::string> verdicts;
  std::vector<std::string> reasons;
  std::vector<std::string> protocols;
  EndpointFilter from;
  EndpointFilter to;
  EndpointFilter either;  // one end matches all of it
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();

  bool Matches(const Flow& flow) const;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_FILTER_H_
