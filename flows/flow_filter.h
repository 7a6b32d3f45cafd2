// Which flows a question is about.
#ifndef FIREBREAK_FLOWS_FLOW_FILTER_H_
#define FIREBREAK_FLOWS_FLOW_FILTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "base/ip.h"
#include "flows/flow.h"

namespace firebreak::flows {

// NumberRange is inclusive.
struct NumberRange {
  uint16_t low = 0;
  uint16_t high = 0;

  bool Contains(uint64_t number) const { return number >= low && number <= high; }
};

// EndpointFilter: the values within a list are alternatives; the lists must all match. An empty
// list matches everything. In a pattern "*" stands for any text, also none; an absent field matches
// no pattern.
struct EndpointFilter {
  std::vector<std::string> principals;  // without spiffe://; a pattern
  std::vector<std::string> namespaces;
  std::vector<std::string> workloads;  // service account or workload name, or "namespace/name"
  std::vector<CidrBlock> ips;
  std::vector<NumberRange> ports;

  bool Matches(const FlowEndpoint& endpoint) const;
};

// HttpFilter reads likewise. Set in any way, it matches only lines that tell of a request.
struct HttpFilter {
  std::vector<NumberRange> statuses;
  std::vector<std::string> methods;       // in any case
  std::vector<std::string> authorities;   // patterns
  std::vector<std::string> paths;         // patterns; the path matches, or its template does
  std::vector<std::string> urls = {};     // patterns of "http://authority/path"
  std::vector<std::string> grpc_methods;  // patterns of "package.Service/Method"
  std::vector<uint64_t> grpc_statuses;

  bool Matches(const Flow& flow) const;
};

// PolicyFilter asks for the rule that decided.
struct PolicyFilter {
  std::vector<std::string> policies;  // patterns of "name" or "namespace/name"
  std::vector<std::string> rules;     // patterns

  bool Matches(const Flow& flow) const;
};

// FlowTerms reads as EndpointFilter does: what a flow must be like in every respect that is set.
struct FlowTerms {
  std::vector<std::string> events;  // enum values as they stand in the log
  std::vector<std::string> directions;
  std::vector<std::string> verdicts;
  std::vector<std::string> reasons;
  std::vector<std::string> close_reasons;
  std::vector<std::string> protocols;
  std::vector<std::string> reporters;  // patterns of the reporter's node, workload or principal
  EndpointFilter from;
  EndpointFilter to;
  EndpointFilter either;  // one end matches all of it
  HttpFilter http;
  PolicyFilter policy;
  std::vector<std::string> inspections;         // patterns of a finding's id or category
  std::vector<std::string> inspection_actions;  // DETECT, BLOCK
  std::vector<std::string> flow_ids;            // ids are lower-case hex
  std::vector<std::string> decision_ids;
  std::vector<std::string> trace_ids;
  std::vector<uint16_t> ip_versions;  // 4, 6: of the source's address, or else the destination's
  std::optional<bool> encrypted;      // whether it came over TLS
  uint64_t min_duration_us = 0;

  bool Matches(const Flow& flow) const;
};

// FlowFilter takes the flows of a time that match wanted and none of unwanted. A LOST line says
// that flows are missing, and nobody knows which; it passes everything but the terms on event and
// the times.
struct FlowFilter {
  FlowTerms wanted;
  std::vector<FlowTerms> unwanted;
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();

  bool Matches(const Flow& flow) const;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_FILTER_H_
