// The rules of a suggested policy: what each peer did, and how it is written down.
#ifndef FIREBREAK_POLICY_WORKBENCH_SUGGESTED_RULES_H_
#define FIREBREAK_POLICY_WORKBENCH_SUGGESTED_RULES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/verdict.h"
#include "policy/workbench/path_groups.h"
#include "policy/workbench/traffic.h"

namespace firebreak::policy {

// MethodPaths is the paths of requests, by method.
using MethodPaths = std::map<std::string, std::map<std::string, Sightings>>;

// Requests are those of a peer on one port, to one host where rules name it.
struct Requests {
  MethodPaths http;
  MethodPaths websocket;
  std::map<std::string, std::map<std::string, Sightings>> grpc;  // service, method
  Sightings all_paths;                                           // OPTIONS *
};

// PortTraffic is what a peer did on one port.
struct PortTraffic {
  Sightings bytes;                           // last is InfinitePast where there was none
  std::map<std::string, Requests> requests;  // by host; "": whatever the host
};

using Ports = std::map<uint16_t, PortTraffic>;
// Peers are principals, and addresses of those without: Party has one of the two.
using Peers = std::map<Party, Ports>;

// PeerOf leaves of the other party what a rule names it by: the identity, or the address of one
// that has none. What it returns says why none can; "" when one can.
std::string PeerOf(const Traffic& traffic, Party* peer);

// AddTraffic adds one question to what its peer did; by_host, for its host alone. What it returns
// says why no rule can allow it; "" when one can.
std::string AddTraffic(const Traffic& traffic, const Sightings& seen, bool by_host, Peers* peers);

// TotalOf sums up what a peer did.
Sightings TotalOf(const Ports& ports);

// SeenText: "12 times, 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z, such as decision 01ab".
std::string SeenText(const Sightings& seen);

// RuleWriter writes one rule for each peer of one policy.
class RuleWriter {
 public:
  RuleWriter(Direction direction, const GroupingOptions& grouping)
      : direction_(direction), grouping_(grouping) {}

  // Write appends the rule for a peer to out.
  void Write(const Party& peer, const Ports& ports, std::string* out);

 private:
  std::string UniqueName(const Party& peer);
  void WritePort(const Party& peer, uint16_t port, const PortTraffic& traffic, std::string* out);
  // start is an entry of to up to and with the port, and the hosts.
  void WriteRequests(const std::string& start, const Requests& requests, std::string* out);
  void WriteHttp(const std::string& start, const MethodPaths& requests, bool websocket,
                 std::string* out);

  const Direction direction_;
  const GroupingOptions& grouping_;
  std::set<std::string> names_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_SUGGESTED_RULES_H_
