// What compiled rules say about questions, gathered by what it is about.
#ifndef FIREBREAK_POLICY_WORKBENCH_VOCABULARY_H_
#define FIREBREAK_POLICY_WORKBENCH_VOCABULARY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "policy/host_pattern.h"
#include "policy/http_match.h"
#include "policy/path_pattern.h"
#include "policy/pattern.h"
#include "policy/rule.h"
#include "policy/validity.h"

namespace firebreak::policy {

// Patterns are values of rules by how they are written.
template <typename T>
using Patterns = std::map<std::string, T>;

// PeerVocabulary is about one end of the connection.
struct PeerVocabulary {
  Patterns<StringPattern> principals;
  Patterns<StringPattern> namespaces;
  Patterns<StringPattern> trust_domains;
  Patterns<ServiceAccountPattern> accounts;
  Patterns<CidrBlock> blocks;
  std::set<int> percents;  // of `enforce`

  void Add(const PeerMatch& match);
  // says_nothing: nobody is told from anybody else by identity.
  bool says_nothing() const {
    return principals.empty() && namespaces.empty() && trust_domains.empty() && accounts.empty() &&
           percents.empty();
  }
};

// HeaderVocabulary is about one header: each a list of values, or one of notValues, of an action.
// What a rule says of the header is a conjunction of such.
using HeaderVocabulary = std::vector<std::pair<HeaderMatch, Action>>;

struct Vocabulary {
  PeerVocabulary source;
  PeerVocabulary destination;
  Patterns<CidrBlock> remote_blocks;
  std::set<uint16_t> ports;
  Patterns<StringPattern> server_names;
  Patterns<StringPattern> methods;
  Patterns<PathPattern> paths;
  Patterns<HostPattern> hosts;
  bool grpc = false;
  Patterns<StringPattern> grpc_services;
  Patterns<StringPattern> grpc_methods;
  std::map<std::string, HeaderVocabulary> headers;     // by name
  std::vector<Validity> validities;                    // none twice
  std::map<std::string, std::set<uint64_t>> max_uses;  // by UseKey

  void Add(const Clause& clause, Direction direction);

 private:
  void AddSource(const PeerMatch& match);
  void AddTarget(const TargetMatch& match);
  void AddHttp(const HttpMatch& match);
  void AddHeader(const HeaderMatch& match, Action action);
};

// UseKey names the count of a rule with max_uses: "namespace/policy/rule".
std::string UseKey(const Rule& rule);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_VOCABULARY_H_
