// Values that stand for all values which policies tell apart.
#ifndef FIREBREAK_POLICY_WORKBENCH_REPRESENTATIVES_H_
#define FIREBREAK_POLICY_WORKBENCH_REPRESENTATIVES_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/workbench/book.h"

namespace firebreak::policy {

// Representatives holds, for each thing that rules look at, every value that some rule names in
// full and one value for every way in which beginnings and ends that rules name can be combined,
// made distinct by a word that no rule has. Two values with the same representative are the same to
// every rule, but for templates of paths that cross each other in several segments.
struct Representatives {
  std::set<std::string> principals;
  std::set<std::string> ips;
  std::set<uint16_t> ports;
  std::set<std::string> methods;
  std::set<std::string> paths;  // "/package.Service/Method" of gRPC too
  std::set<std::string> hosts;  // "": none
  // By name of the header: its values; "" is its absence.
  std::vector<std::pair<std::string, std::set<std::string>>> headers;
  bool grpc = false;       // some rule looks at gRPC
  bool protocols = false;  // some rule looks at protocols

  // Of is those of the rules of documents.
  static Representatives Of(const std::vector<const PolicyDocument*>& documents);
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_REPRESENTATIVES_H_
