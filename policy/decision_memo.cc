#include "policy/decision_memo.h"

#include <utility>

#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"

namespace firebreak::policy {
namespace {

void AppendIdentity(const certs::SpiffeId* id, std::string* key) {
  if (id != nullptr) key->append(id->principal().data(), id->principal().size());
  key->push_back('\0');  // in no identity
}

// FillKey writes everything of request that a rule looks at, other than addresses.
void FillKey(const ConnectionRequest& request, std::string* key) {
  key->clear();
  key->push_back(static_cast<char>(request.direction));
  key->push_back(static_cast<char>(request.destination.port >> 8));
  key->push_back(static_cast<char>(request.destination.port & 0xff));
  AppendIdentity(request.source.id, key);
  AppendIdentity(request.destination.id, key);
}

std::vector<Candidate> Candidates(const std::vector<Rule>& rules,
                                  const ConnectionRequest& request) {
  std::vector<Candidate> candidates;
  for (const Rule& rule : rules) {
    const Match match = MatchRuleWithoutAddresses(rule, request);
    if (match == Match::kNo) continue;
    candidates.push_back({&rule, match == Match::kYes});
    if (match == Match::kYes) break;
  }
  return candidates;
}

}  // namespace

const Rule* FirstMatch(const std::vector<Candidate>& candidates, const ConnectionRequest& request) {
  for (const Candidate& candidate : candidates) {
    if (candidate.certain || MatchRule(*candidate.rule, request)) return candidate.rule;
  }
  return nullptr;
}

const Residue& DecisionMemo::ResidueFor(const ConnectionRequest& request) {
  FillKey(request, &key_);
  auto found = residues_.find(absl::string_view(key_));
  if (found != residues_.end()) return found->second;

  const RuleTable& table = policy_.rules(request.direction);
  Residue residue{Candidates(table.deny, request), Candidates(table.allow, request),
                  Candidates(table.audit_deny, request), Candidates(table.audit_allow, request)};
  if (residues_.size() >= kMaxEntries || candidates_ + residue.size() > kMaxCandidates) {
    residues_.clear();
    candidates_ = 0;
  }
  candidates_ += residue.size();
  return residues_.emplace(key_, std::move(residue)).first->second;
}

}  // namespace firebreak::policy
