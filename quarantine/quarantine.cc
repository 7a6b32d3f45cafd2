#include "quarantine/quarantine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

namespace firebreak::quarantine {
namespace {

bool IsPattern(absl::string_view identity) { return identity.find('*') != absl::string_view::npos; }

}  // namespace

bool Covers(absl::string_view identity, absl::string_view principal) {
  if (identity == "*") return true;
  // What is left of a pattern begins or ends with a slash, so only whole segments match.
  if (absl::EndsWith(identity, "/*")) {
    return absl::StartsWith(principal, identity.substr(0, identity.size() - 1));
  }
  if (absl::StartsWith(identity, "*/")) return absl::EndsWith(principal, identity.substr(1));
  return identity == principal;
}

Quarantine::Quarantine(std::vector<Entry> entries) : entries_(std::move(entries)) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    rules_.push_back(std::make_shared<const RuleRef>(RuleRef{.policy_namespace = {},
                                                             .policy = "quarantine",
                                                             .rule = entry.identity,
                                                             .audit = false,
                                                             .source = {},
                                                             .reason = entry.reason}));
    if (IsPattern(entry.identity)) {
      patterns_.push_back(i);
    } else {
      exact_[entry.identity].push_back(i);
    }
  }
}

void Quarantine::Consider(size_t index, absl::string_view other, absl::Time now,
                          Finding* finding) const {
  const Entry& entry = entries_[index];
  if (now >= entry.until || entry.mode <= finding->mode) return;
  const bool exempt = std::find(entry.allow.begin(), entry.allow.end(), other) != entry.allow.end();
  // Whoever is let through is let through seen.
  const QuarantineMode mode = exempt ? QuarantineMode::kObserve : entry.mode;
  if (mode <= finding->mode) return;
  *finding = {.mode = mode, .rule = rules_[index]};
}

void Quarantine::Look(absl::string_view one, absl::string_view other, absl::Time now,
                      Finding* finding) const {
  if (const auto found = exact_.find(one); found != exact_.end()) {
    for (const size_t index : found->second) Consider(index, other, now, finding);
  }
  for (const size_t index : patterns_) {
    if (Covers(entries_[index].identity, one)) Consider(index, other, now, finding);
  }
}

Quarantine::Finding Quarantine::Find(absl::string_view source, absl::string_view destination,
                                     absl::Time now) const {
  Finding finding;
  if (entries_.empty()) return finding;
  Look(source, destination, now, &finding);
  Look(destination, source, now, &finding);
  return finding;
}

size_t Quarantine::InForce(absl::Time now) const {
  return static_cast<size_t>(std::count_if(
      entries_.begin(), entries_.end(), [now](const Entry& entry) { return now < entry.until; }));
}

}  // namespace firebreak::quarantine
