// A flow line as it is read back: the same fields as flow.proto, as plain text and numbers.
#ifndef FIREBREAK_FLOWS_FLOW_H_
#define FIREBREAK_FLOWS_FLOW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace firebreak::flows {

struct FlowEndpoint {
  std::string principal;
  std::string namespace_name;
  std::string workload;
  std::string ip;
  uint16_t port = 0;
};

// Flow is one line of a flow log. An absent field is empty or 0. Enums stay text, so that a reader
// that is older than the writer still shows what it does not know. Nothing here was escaped.
struct Flow {
  absl::Time time;
  std::string flow_id;
  uint64_t sequence = 0;
  std::string event;
  std::string direction;
  std::string verdict;
  std::string reason;
  std::string quarantine;
  struct {
    std::string node, namespace_name, workload, principal;
  } reporter;
  FlowEndpoint source;
  FlowEndpoint destination;
  std::string protocol;
  struct {
    std::string version, cipher, group, sni, svid_serial, svid_not_after;
  } tls;
  struct {
    std::string method, authority, path, path_template, user_agent;
    uint16_t status = 0;
    uint64_t request_bytes = 0, response_bytes = 0;
    bool has_query = false;
  } http;
  struct {
    std::string service, method;
    std::optional<uint64_t> status;
  } grpc;
  struct {
    std::string name, namespace_name, rule, mode, reason, ticket, revision, would_be_verdict;
  } policy;
  struct {
    uint64_t score = 0;
    std::string action;
    struct Match {
      std::string id, category, field, excerpt;
      std::string pack = {}, cve = {};
    };
    std::vector<Match> matches;
  } inspection;
  std::string decision_id;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t duration_us = 0;
  // PERIODIC lines: what is new since the one before.
  struct {
    uint64_t duration_us = 0, bytes_sent = 0, bytes_received = 0;
  } interval;
  std::string close_reason;
  std::string detail;
  std::string trace_id;
  // Requests open at the reporter when this outbound call started, and the one that caused it.
  std::optional<uint64_t> inflight_inbound;
  std::string parent_flow_id;
  // How many flows like it this line stands for, itself included; more than 1 where it was sampled.
  uint64_t weight = 1;
  // The chain: see docs/FLOWS.md. Empty where the writer keeps none.
  std::string run_id;
  std::string previous_hash;
  struct {
    uint64_t records = 0;
    bool last = false;
    std::string algorithm, certificate_chain;
  } head;
  std::string signature;
  struct {
    uint64_t count = 0;
    std::string cause;
    std::string sink;
    uint64_t first_sequence = 0, last_sequence = 0;
  } lost;
  // ROLLUP lines: sums of an edge over a minute; see flow.proto.
  struct {
    uint64_t duration_us = 0;
    bool others = false;
    uint64_t connections = 0, requests = 0, errors = 0, bytes_sent = 0, bytes_received = 0;
    uint64_t latency_count = 0, latency_sum_us = 0;
    uint64_t within_1ms = 0, within_5ms = 0, within_25ms = 0, within_100ms = 0, within_500ms = 0,
             within_2500ms = 0, within_10s = 0;
  } rollup;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_H_
