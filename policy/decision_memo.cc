#include "policy/decision_memo.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

using Number = RuleIndex::Number;

// Below this many clauses, looking at each is quicker than finding the right ones.
constexpr size_t kFewClauses = 8;

void AppendIdentity(const certs::SpiffeId* id, std::string* key) {
  if (id != nullptr) key->append(id->principal().data(), id->principal().size());
  key->push_back('\0');  // in no identity
}

// FillKey writes everything of request that decides what is left: nothing of
// addresses, server name, time, uses and the request itself.
void FillKey(const ConnectionRequest& request, std::string* key) {
  const std::array<char, 4> fixed = {static_cast<char>(request.direction),
                                     static_cast<char>(request.carries),
                                     static_cast<char>(request.destination.port >> 8),
                                     static_cast<char>(request.destination.port & 0xff)};
  key->assign(fixed.data(), fixed.size());
  AppendIdentity(request.source.id, key);
  AppendIdentity(request.destination.id, key);
}

// Shorten puts clauses in order and drops those behind the first certain one.
void Shorten(std::vector<Candidate>* clauses) {
  std::sort(clauses->begin(), clauses->end(),
            [](const Candidate& a, const Candidate& b) { return a.number < b.number; });
  const auto certain = std::find_if(clauses->begin(), clauses->end(),
                                    [](const Candidate& clause) { return clause.certain; });
  if (certain != clauses->end()) clauses->erase(certain + 1, clauses->end());
  clauses->shrink_to_fit();
}

// ResidueOf takes a list of groups to work in.
Residue ResidueOf(const RuleIndex& rules, const ConnectionRequest& request,
                  std::vector<Number>* found) {
  Residue residue;
  found->clear();
  rules.finder().FindByPeer(request, found);
  Number certain = RuleIndex::kNone;  // the first clause that matches in any case
  // Where there are many, those that only a request can answer are not asked about the connection
  // now, all at once, but one by one when a request finds them.
  residue.listed = found->size() <= DecisionMemo::kMaxListedGroups;
  for (const Number number : *found) {
    const RuleIndex::Group& group = rules.groups()[number];
    if (group.sample > certain) break;  // as are all clauses of the groups that follow
    const Number first = group.first[static_cast<size_t>(request.carries)];
    const bool open = request.carries == Carries::kRequest && !group.open.empty();
    if (first == RuleIndex::kNone && !open) continue;
    if (open && !residue.listed) residue.open += group.open.size();
    if (first == RuleIndex::kNone && !residue.listed) continue;
    const Match match = MatchIdentities(rules.clause(group.sample), request);
    if (match == Match::kNo) continue;
    const bool in_any_case = match == Match::kYes;
    if (first != RuleIndex::kNone) {
      residue.clauses.push_back({first, in_any_case});
      if (in_any_case) certain = std::min(certain, first);
    }
    if (open && residue.listed) residue.groups.push_back({number, in_any_case});
  }
  Shorten(&residue.clauses);
  const auto too_late = [&rules, certain](const Candidate& group) {
    return rules.groups()[group.number].open.front() > certain;
  };
  residue.groups.erase(std::remove_if(residue.groups.begin(), residue.groups.end(), too_late),
                       residue.groups.end());
  for (const Candidate& group : residue.groups) {
    residue.open += rules.groups()[group.number].open.size();
  }
  residue.groups.shrink_to_fit();
  return residue;
}

// Search looks for the first clause that matches, keeping the best so far.
class Search {
 public:
  Search(const RuleIndex& rules, const Residue& residue, const Looking& looking)
      : rules_(rules), residue_(residue), looking_(looking) {}

  void LookAtClauses() {
    for (const Candidate& clause : residue_.clauses) {
      if (!clause.certain && !Matches(rules_.clause(clause.number))) continue;
      first_ = clause.number;
      return;
    }
  }

  // LookAtAddresses looks at the groups of *looking_.groups, which the addresses have found, as far
  // as they match whatever the request; it returns how many open clauses they have.
  size_t LookAtAddresses() {
    size_t open = 0;
    for (const Number number : *looking_.groups) {
      const RuleIndex::Group& group = rules_.groups()[number];
      open += group.open.size();
      const Number first = group.first[static_cast<size_t>(looking_.request.carries)];
      if (first < first_ && Matches(rules_.clause(first))) first_ = first;
    }
    return open;
  }

  // LookAtGroups looks at all open clauses of the residue, and of what addresses have found.
  void LookAtGroups(const HttpFacts& facts) {
    for (const Candidate& group : residue_.groups) LookAtGroup(group, facts);
    for (const Number number : *looking_.groups) LookAtGroup({number, /*certain=*/false}, facts);
  }

  // LookAtBuckets looks at those that an index has found, and that are of the residue.
  void LookAtBuckets(const RequestIndex::Lookup& lookup, const HttpFacts& facts) {
    for (const absl::Span<const Number> bucket : lookup.buckets()) {
      for (const Number clause : bucket) {
        if (clause > first_) break;
        const std::optional<Candidate> group = FindGroup(rules_.group_of(clause));
        if (group.has_value() && Take(clause, *group, facts)) break;
      }
    }
  }

  const Clause* result() const {
    return first_ == RuleIndex::kNone ? nullptr : &rules_.clause(first_);
  }

 private:
  void LookAtGroup(const Candidate& group, const HttpFacts& facts) {
    for (const Number clause : rules_.groups()[group.number].open) {
      if (clause > first_ || Take(clause, group, facts)) break;
    }
  }

  std::optional<Candidate> FindGroup(Number number) const {
    if (!residue_.listed || rules_.finder().IsByAddress(number))
      return Candidate{number, /*certain=*/false};
    const auto found = std::lower_bound(
        residue_.groups.begin(), residue_.groups.end(), number,
        [](const Candidate& group, Number wanted) { return group.number < wanted; });
    if (found == residue_.groups.end() || found->number != number) return std::nullopt;
    return *found;
  }

  bool Take(Number number, const Candidate& group, const HttpFacts& facts) {
    const Clause& clause = rules_.clause(number);
    if (!MatchRequest(clause, facts)) return false;
    if (!group.certain && !Matches(clause)) return false;
    first_ = number;
    return true;
  }

  bool Matches(const Clause& clause) const {
    return MatchConnection(clause, looking_.request, looking_.lapsed);
  }

  const RuleIndex& rules_;
  const Residue& residue_;
  const Looking& looking_;
  Number first_ = RuleIndex::kNone;
};

}  // namespace

const Clause* FirstMatch(const RuleIndex& rules, const Residue& residue, const Looking& looking) {
  Search search(rules, residue, looking);
  const HttpFacts* const facts = looking.facts;
  search.LookAtClauses();
  looking.groups->clear();
  size_t open = residue.open;
  if (rules.finder().has_addresses()) {
    rules.finder().FindByAddress(looking.request, looking.groups);
    open += search.LookAtAddresses();
  }
  if (facts == nullptr || open == 0) return search.result();
  if (open > kFewClauses) {
    rules.Find(*facts, looking.lookup);
    if (!residue.listed || looking.lookup->size() <= open) {
      search.LookAtBuckets(*looking.lookup, *facts);
      return search.result();
    }
  }
  search.LookAtGroups(*facts);
  return search.result();
}

const Residues& DecisionMemo::ResiduesFor(const ConnectionRequest& request) {
  FillKey(request, &key_);
  if (last_ != nullptr && last_->first == key_) return last_->second;
  const auto found = residues_.find(absl::string_view(key_));
  if (found != residues_.end()) {
    last_ = &*found;
    return last_->second;
  }
  last_ = nullptr;  // entries move

  const RuleIndexes& rules = policy_.rules(request.direction);
  Residues residues{ResidueOf(rules.deny, request, &groups_),
                    ResidueOf(rules.allow, request, &groups_),
                    ResidueOf(rules.audit_deny, request, &groups_),
                    ResidueOf(rules.audit_allow, request, &groups_)};
  if (residues_.size() >= kMaxEntries || candidates_ + residues.size() > kMaxCandidates) {
    residues_.clear();
    candidates_ = 0;
  }
  candidates_ += residues.size();
  return residues_.emplace(key_, std::move(residues)).first->second;
}

}  // namespace firebreak::policy
