#include "policy/workbench/unchanged_clauses.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"
#include "policy/http_match.h"

namespace firebreak::policy {
namespace {

using Clauses = std::vector<const Clause*>;

// Above this many comparisons of clauses it is cheaper to leave nothing out.
constexpr size_t kMostTries = 2'000'000;

bool SameHosts(const PatternList<HostPattern>& a, const PatternList<HostPattern>& b) {
  return std::equal(a.patterns().begin(), a.patterns().end(), b.patterns().begin(),
                    b.patterns().end(), [](const HostPattern& one, const HostPattern& other) {
                      return one.written_host() == other.written_host() &&
                             one.port() == other.port();
                    });
}

bool SamePaths(const PatternList<PathPattern>& a, const PatternList<PathPattern>& b) {
  return std::equal(a.patterns().begin(), a.patterns().end(), b.patterns().begin(),
                    b.patterns().end(), [](const PathPattern& one, const PathPattern& other) {
                      return one.kind() == other.kind() && *one.written() == *other.written() &&
                             one.needs_slash() == other.needs_slash();
                    });
}

bool SameGrpc(const std::optional<GrpcMatch>& a, const std::optional<GrpcMatch>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return a->services == b->services && a->methods == b->methods;
}

bool SameHttp(const HttpMatch& a, const HttpMatch& b) {
  return SameHosts(a.hosts, b.hosts) && SameHosts(a.not_hosts, b.not_hosts) &&
         a.methods.methods() == b.methods.methods() && SamePaths(a.paths, b.paths) &&
         SamePaths(a.not_paths, b.not_paths) && a.protocols == b.protocols &&
         a.not_protocols == b.not_protocols && SameGrpc(a.grpc, b.grpc);
}

const HttpMatch* HttpOf(const Clause& clause) {
  return clause.target == nullptr ? nullptr : clause.target->http.get();
}

// Missing returns the clauses of list that other does not have, and adds the rest to *common.
Clauses Missing(const RuleIndex& list, const RuleIndex& other, Clauses* common) {
  std::unordered_multimap<size_t, const Clause*> known;
  for (const Clause& clause : other.clauses()) known.emplace(HashConnection(clause), &clause);
  Clauses missing;
  for (const Clause& clause : list.clauses()) {
    const auto [begin, end] = known.equal_range(HashConnection(clause));
    const bool found =
        std::any_of(begin, end, [&](const auto& one) { return SameClause(clause, *one.second); });
    (found ? *common : missing).push_back(&clause);
  }
  return missing;
}

// OnlyPeers is who alone clause can match, at the end that rules of this direction speak of; null:
// nobody can list them.
std::optional<std::vector<absl::string_view>> OnlyPeers(const Clause& clause, Direction direction) {
  std::vector<const PeerMatch*> matches;
  if (direction == Direction::kInbound) {
    for (const PeerMatch& from : clause.rule->from) matches.push_back(&from);
  } else if (clause.target != nullptr) {
    matches.push_back(&clause.target->destination);
  }
  if (matches.empty()) return std::nullopt;
  std::vector<absl::string_view> peers;
  for (const PeerMatch* match : matches) {
    if (match->principals.any.empty()) return std::nullopt;
    for (const StringPattern& principal : match->principals.any) {
      if (principal.exact().empty()) return std::nullopt;
      peers.push_back(principal.exact());
    }
  }
  return peers;
}

// Changes is the clauses that one of two sets has and the other has not.
class Changes {
 public:
  Changes(const KnownQuestion& known, Clauses clauses)
      : known_(known), clauses_(std::move(clauses)) {}

  // Meet is false where no question is matched by clause and by one of these.
  bool Meet(const Clause& clause) {
    return !clauses_.empty() && MeetPeersOf(clause) && MeetPathsOf(clause);
  }

 private:
  bool MeetPeersOf(const Clause& clause);
  bool MeetPeer(absl::string_view principal);
  bool MeetPathsOf(const Clause& clause) const;
  bool MeetPath(absl::string_view path) const;

  const KnownQuestion& known_;
  const Clauses clauses_;
  absl::flat_hash_map<absl::string_view, bool> peers_;  // what MeetPeer said
};

bool Changes::MeetPeersOf(const Clause& clause) {
  const auto peers = OnlyPeers(clause, known_.question.direction);
  return !peers.has_value() || std::any_of(peers->begin(), peers->end(),
                                           [this](auto principal) { return MeetPeer(principal); });
}

bool Changes::MeetPeer(absl::string_view principal) {
  const auto [found, is_new] = peers_.emplace(principal, false);
  if (!is_new) return found->second;
  const bool inbound = known_.question.direction == Direction::kInbound;
  KnownQuestion about = known_;
  about.places = {inbound ? kSource : kDestination};
  const auto id = certs::SpiffeId::ParsePrincipal(principal);
  QuestionEnd& end = inbound ? about.question.source : about.question.destination;
  if (id.ok()) end.id = *id;
  found->second = !id.ok() || std::any_of(clauses_.begin(), clauses_.end(),
                                          [&](auto* clause) { return MayMatch(*clause, about); });
  return found->second;
}

// MeetPathsOf is about clauses that match requests alone, and those of listed paths.
bool Changes::MeetPathsOf(const Clause& clause) const {
  const HttpMatch* const http = HttpOf(clause);
  const bool listed = http != nullptr && !http->paths.empty() &&
                      std::none_of(http->paths.patterns().begin(), http->paths.patterns().end(),
                                   [](const PathPattern& path) { return path.exact().empty(); });
  if (!listed || MatchUnseen(clause, Carries::kBytes)) return true;
  return std::any_of(http->paths.patterns().begin(), http->paths.patterns().end(),
                     [this](const PathPattern& path) { return MeetPath(path.exact()); });
}

bool Changes::MeetPath(absl::string_view path) const {
  return std::any_of(clauses_.begin(), clauses_.end(), [path](const Clause* clause) {
    const HttpMatch* const http = HttpOf(*clause);
    return http == nullptr || http->MatchesPath(path, clause->rule->action);
  });
}

}  // namespace

bool SameClause(const Clause& a, const Clause& b) {
  const HttpMatch* const http = HttpOf(a);
  const HttpMatch* const other = HttpOf(b);
  if ((http == nullptr) != (other == nullptr) || !SameConnection(a, b)) return false;
  if (http != nullptr && !SameHttp(*http, *other)) return false;
  return std::equal(a.rule->when.headers.begin(), a.rule->when.headers.end(),
                    b.rule->when.headers.begin(), b.rule->when.headers.end(),
                    [](const HeaderMatch& one, const HeaderMatch& another) {
                      return one.name == another.name && one.values == another.values;
                    });
}

absl::flat_hash_set<const Clause*> UnchangedClauses(const KnownQuestion& known,
                                                    const PolicySet& before,
                                                    const PolicySet& after) {
  const RuleIndexes& old = before.rules(known.question.direction);
  const RuleIndexes& rules = after.rules(known.question.direction);
  Clauses common;
  Clauses changed;
  for (const auto list : {&RuleIndexes::deny, &RuleIndexes::allow}) {
    for (const Clause* clause : Missing(old.*list, rules.*list, &common)) changed.push_back(clause);
    for (const Clause* clause : Missing(rules.*list, old.*list, &common)) changed.push_back(clause);
  }
  if (changed.size() * common.size() > kMostTries) return {};
  Changes changes(known, std::move(changed));
  absl::flat_hash_set<const Clause*> unchanged;
  for (const Clause* clause : common) {
    // A DENY matches more than the names and paths that it lists: nobody, and other spellings.
    const bool exact = clause->rule->action == Action::kAllow;
    if (exact && !changes.Meet(*clause)) unchanged.insert(clause);
  }
  return unchanged;
}

}  // namespace firebreak::policy
