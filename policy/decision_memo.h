// What is remembered of decisions, so that like questions are not worked out again.
#ifndef FIREBREAK_POLICY_DECISION_MEMO_H_
#define FIREBREAK_POLICY_DECISION_MEMO_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "policy/policy_set.h"
#include "policy/request.h"

namespace firebreak::policy {

// Candidate is a clause or a group of clauses whose conditions on the connection match, or match
// for some addresses, server names or times.
struct Candidate {
  RuleIndex::Number number;
  bool certain;  // in any case
};

// Residue is what is left of one list of rules once identities, port, direction and what is carried
// are known. Groups that are found by address are not in it.
struct Residue {
  // Clauses that match whatever the request, in order; ends at the first certain one, so that a
  // policy without ipBlocks leaves at most one.
  std::vector<Candidate> clauses;
  // Groups with clauses that look into the request, ascending. Empty unless there is one.
  std::vector<Candidate> groups;
  size_t open = 0;  // how many such clauses there are
  // false: there are so many groups that listing them for each peer would take long and fill the
  // memo; they are not in groups, and each clause found is asked about its connection.
  bool listed = true;

  size_t size() const { return clauses.size() + groups.size(); }
};

// Residues are those of the lists of RuleIndexes.
struct Residues {
  Residue deny;
  Residue allow;
  Residue audit_deny;
  Residue audit_allow;
  size_t size() const {
    return deny.size() + allow.size() + audit_deny.size() + audit_allow.size();
  }
};

// Looking is one question on its way through lists of rules. facts are those of request.http, or
// null; *lookup is memory to work in.
struct Looking {
  const ConnectionRequest& request;
  const HttpFacts* facts;
  RequestIndex::Lookup* lookup;
  std::vector<RuleIndex::Number>* groups;  // as lookup
  Lapsed lapsed = Lapsed::kDoNotMatch;
};

// FirstMatch returns the first clause of rules that matches, null when none does.
const Clause* FirstMatch(const RuleIndex& rules, const Residue& residue, const Looking& looking);

// DecisionMemo remembers the Residues of each (direction, source, destination, port, carries) it
// has met, so that the cost of a decision does not follow the number of rules. Bounded: peers
// choose ports and hold many identities, so a full memo is emptied and fills again with what is
// live. Belongs to one Authorizer and one PolicySet, which must outlive it.
class DecisionMemo {
 public:
  static constexpr size_t kMaxEntries = 4096;
  static constexpr size_t kMaxCandidates = size_t{1} << 20;  // 8 MiB over all entries
  static constexpr size_t kMaxListedGroups = 1024;           // of one residue

  explicit DecisionMemo(const PolicySet& policy) : policy_(policy) {}

  // ResiduesFor's result is good until the next call.
  const Residues& ResiduesFor(const ConnectionRequest& request);

  size_t size() const { return residues_.size(); }
  RequestIndex::Lookup* lookup() { return &lookup_; }
  std::vector<RuleIndex::Number>* groups() { return &groups_; }

 private:
  const PolicySet& policy_;
  absl::flat_hash_map<std::string, Residues> residues_;
  const std::pair<const std::string, Residues>* last_ = nullptr;  // in residues_: asked for last
  size_t candidates_ = 0;
  std::string key_;  // kept for its capacity, as what follows
  std::vector<RuleIndex::Number> groups_;
  RequestIndex::Lookup lookup_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_DECISION_MEMO_H_
