#ifndef FIREBREAK_POLICY_DECISION_MEMO_H_
#define FIREBREAK_POLICY_DECISION_MEMO_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "policy/policy_set.h"
#include "policy/request.h"

namespace firebreak::policy {

// Candidate is a rule that matches, or that matches for some addresses.
struct Candidate {
  const Rule* rule;
  bool certain;  // matches whatever the addresses
};

// Residue is what is left of a RuleTable once identities, port and direction are known. Each list
// is in the table's order and ends at the first certain candidate, so that a policy without
// ipBlocks leaves at most one a list.
struct Residue {
  std::vector<Candidate> deny;
  std::vector<Candidate> allow;
  std::vector<Candidate> audit_deny;
  std::vector<Candidate> audit_allow;
  size_t size() const {
    return deny.size() + allow.size() + audit_deny.size() + audit_allow.size();
  }
};

// FirstMatch returns the first candidate that matches request's addresses too, or null.
const Rule* FirstMatch(const std::vector<Candidate>& candidates, const ConnectionRequest& request);

// DecisionMemo remembers the Residue of each (direction, source, destination, port) it has met, so
// that the cost of a decision does not follow the number of rules. Bounded: peers choose ports and
// hold many identities, so a full memo is emptied and fills again with what is live. Belongs to one
// Authorizer and one PolicySet, which must outlive it.
class DecisionMemo {
 public:
  static constexpr size_t kMaxEntries = 4096;
  static constexpr size_t kMaxCandidates = size_t{1} << 20;  // 16 MiB over all entries

  explicit DecisionMemo(const PolicySet& policy) : policy_(policy) {}

  // ResidueFor's result is good until the next call.
  const Residue& ResidueFor(const ConnectionRequest& request);

  size_t size() const { return residues_.size(); }

 private:
  const PolicySet& policy_;
  absl::flat_hash_map<std::string, Residue> residues_;
  size_t candidates_ = 0;
  std::string key_;  // kept for its capacity
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_DECISION_MEMO_H_
