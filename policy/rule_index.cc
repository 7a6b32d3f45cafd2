#include "policy/rule_index.h"

#include "absl/container/flat_hash_map.h"

namespace firebreak::policy {
namespace {

struct ConnectionHash {
  size_t operator()(const Clause& clause) const { return HashConnection(clause); }
};
struct ConnectionEqual {
  bool operator()(const Clause& a, const Clause& b) const { return SameConnection(a, b); }
};

}  // namespace

RuleIndex::RuleIndex(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    may_lapse_ = may_lapse_ || rule.validity != nullptr || rule.uses != nullptr;
    if (rule.to.empty()) clauses_.push_back({&rule, nullptr});
    for (const TargetMatch& target : rule.to) clauses_.push_back({&rule, &target});
  }
  absl::flat_hash_map<Clause, Number, ConnectionHash, ConnectionEqual> numbers;
  group_of_.reserve(clauses_.size());
  for (Number number = 0; number < clauses_.size(); ++number) {
    const Clause& clause = clauses_[number];
    const auto [entry, added] = numbers.emplace(clause, static_cast<Number>(groups_.size()));
    if (added) {
      finder_.Add(static_cast<Number>(groups_.size()), clause);
      groups_.push_back({.sample = number, .first = {kNone, kNone, kNone}, .open = {}});
    }
    group_of_.push_back(entry->second);
    Group& group = groups_[entry->second];
    for (const Carries carries : {Carries::kBytes, Carries::kRequests, Carries::kRequest}) {
      Number& first = group.first[static_cast<size_t>(carries)];
      if (first == kNone && MatchUnseen(clause, carries)) first = number;
    }
    if (clause.looks_into_requests()) group.open.push_back(number);
  }
  requests_ = RequestIndex(clauses_);
}

}  // namespace firebreak::policy
