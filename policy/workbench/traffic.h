// Recorded traffic as questions to the policy engine, each with the evidence for it.
#ifndef FIREBREAK_POLICY_WORKBENCH_TRAFFIC_H_
#define FIREBREAK_POLICY_WORKBENCH_TRAFFIC_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/verdict.h"
#include "flows/flow.h"
#include "policy/authorizer.h"
#include "policy/decision.h"
#include "policy/request.h"

namespace firebreak::policy {

// Party is one end of a question. Principals are without spiffe://; "" is no identity, no address.
struct Party {
  std::string principal;
  std::string ip;

  friend bool operator==(const Party& a, const Party& b) {
    return a.principal == b.principal && a.ip == b.ip;
  }
  friend bool operator<(const Party& a, const Party& b) {
    return std::tie(a.principal, a.ip) < std::tie(b.principal, b.ip);
  }
};

// AskedRequest is what a flow record keeps of one request.
struct AskedRequest {
  std::string method;
  std::string authority;
  std::string path;
  bool http2 = false;
  bool grpc = false;
  bool websocket = false;

  friend bool operator<(const AskedRequest& a, const AskedRequest& b) {
    return std::tie(a.path, a.method, a.authority, a.http2, a.grpc, a.websocket) <
           std::tie(b.path, b.method, b.authority, b.http2, b.grpc, b.websocket);
  }
};

// Traffic is one question that the sidecar of a workload had to answer.
struct Traffic {
  std::string workload_namespace;
  std::string workload;
  Direction direction = Direction::kInbound;
  Party source;
  Party destination;
  uint16_t port = 0;
  Carries carries = Carries::kBytes;
  AskedRequest request;  // kRequest only

  friend bool operator<(const Traffic& a, const Traffic& b) {
    return std::tie(a.workload_namespace, a.workload, a.direction, a.source, a.destination, a.port,
                    a.carries, a.request) < std::tie(b.workload_namespace, b.workload, b.direction,
                                                     b.source, b.destination, b.port, b.carries,
                                                     b.request);
  }
};

// Decide puts the question to the engine. InvalidArgument: a principal or an address that is none.
absl::StatusOr<Decision> Decide(Authorizer& authorizer, const Traffic& traffic, absl::Time now);

// Describe says the question in one line, escaped: "shop.example/ns/shop/sa/web -> shop/payments
// port 8080 GET /charge".
std::string Describe(const Traffic& traffic);

// Sightings is how often something was seen, when, and one record that shows it.
struct Sightings {
  uint64_t count = 0;
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();
  std::string decision_id;  // of the last
  std::string flow_id;

  void Add(const flows::Flow& flow, bool counts);
  void Merge(const Sightings& other);
};

// NamedRule is a rule as records name it: "namespace/policy", and the rule. Empty: none is named.
using NamedRule = std::pair<std::string, std::string>;

struct Evidence {
  Sightings carried;  // FORWARDED, and AUDIT, which was carried too
  Sightings denied;   // refused or cut by policy
  Sightings failed;   // ERROR: allowed, and failed for a reason that is no decision
  // Of carried: OUTBOUND requests that the other side answered with 403 or PERMISSION_DENIED.
  Sightings refused;
  // Which rules allowed what is in carried and failed, and when last. What a rule asks of a request
  // and no record holds, such as headers, only this tells.
  std::map<NamedRule, absl::Time> rules;
};

// TrafficLog gathers flow records, of one sidecar or of many. Memory grows with the different
// questions and with the connections that are open, not with the lines.
class TrafficLog {
 public:
  // Bounds the questions held; records of others are counted as left out.
  static constexpr size_t kMaxQuestions = 1'000'000;

  // Left counts the records that say nothing about policy, and why.
  struct Left {
    uint64_t not_decided = 0;  // refused before, or for a reason other than, a decision
    uint64_t no_workload = 0;  // the reporter does not say whose sidecar it is
    uint64_t no_port = 0;
    uint64_t too_many = 0;  // beyond kMaxQuestions
    uint64_t lost = 0;      // records that LOST lines tell of
  };

  void Add(const flows::Flow& flow);

  const std::map<Traffic, Evidence>& questions() const { return questions_; }
  const Left& left() const { return left_; }
  // lines counts every record added. first and last are the window they cover.
  uint64_t lines() const { return lines_; }
  absl::Time first() const { return first_; }
  absl::Time last() const { return last_; }

 private:
  bool CountsAgain(const flows::Flow& flow);

  std::map<Traffic, Evidence> questions_;
  absl::flat_hash_set<std::string>
      open_;  // connections and requests that live on, and were counted already
  Left left_;
  uint64_t lines_ = 0;
  absl::Time first_ = absl::InfiniteFuture();
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_TRAFFIC_H_
