// Many rules made ready for decisions, so that most of them are never looked at.
#ifndef FIREBREAK_POLICY_RULE_INDEX_H_
#define FIREBREAK_POLICY_RULE_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/types/span.h"

#include "policy/group_finder.h"
#include "policy/request_index.h"
#include "policy/rule.h"

namespace firebreak::policy {

// RuleIndex is one list of rules made ready for decisions: its clauses in the list's order, grouped
// by what they say about the connection, and found by path or host. Immutable, shared by all
// workers. Borrows the rules.
//
// The groups are what makes many rules cheap to many peers: a thousand rules for one peer are one
// question about that peer.
class RuleIndex {
 public:
  // A clause or group by number. Clauses are numbered in the list's order: the least is the first.
  using Number = uint32_t;
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  // Group is the clauses that say the same about the connection.
  struct Group {
    Number sample;  // the first of its clauses
    // By Carries: the first clause that matches whatever request there is, or kNone.
    std::array<Number, 3> first;
    std::vector<Number> open;  // the clauses that look into requests, ascending
  };

  RuleIndex() = default;
  explicit RuleIndex(const std::vector<Rule>& rules);

  const std::vector<Clause>& clauses() const { return clauses_; }
  const Clause& clause(Number number) const { return clauses_[number]; }
  Number group_of(Number clause) const { return group_of_[clause]; }
  const std::vector<Group>& groups() const { return groups_; }
  const GroupFinder& finder() const { return finder_; }
  // may_lapse: there are rules with validity or max_uses.
  bool may_lapse() const { return may_lapse_; }

  // Find fills *lookup with every open clause that may match facts, and few others.
  void Find(const HttpFacts& facts, RequestIndex::Lookup* lookup) const {
    requests_.Find(facts, lookup);
  }

 private:
  std::vector<Clause> clauses_;
  std::vector<Number> group_of_;  // by clause
  std::vector<Group> groups_;
  GroupFinder finder_;
  RequestIndex requests_;
  bool may_lapse_ = false;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_RULE_INDEX_H_
