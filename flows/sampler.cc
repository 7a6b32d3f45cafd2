#include "flows/sampler.h"

#include <string>
#include <utility>

#include "absl/hash/hash.h"

namespace firebreak::flows {
namespace {

absl::string_view TextOf(const SharedString& text) {
  return text == nullptr ? absl::string_view() : absl::string_view(*text);
}

// KindOf is the same for requests that are alike. absl's hash has a seed of its own in each
// process, so nobody can choose requests that share a group without being alike.
uint64_t KindOf(const Record& record) {
  static const auto* const no_rule = new RuleRef;
  const RuleRef& rule = record.rule == nullptr ? *no_rule : *record.rule;
  const HttpInfo& http = *record.http;
  return absl::HashOf(
      record.direction, record.protocol, TextOf(record.source.principal), record.source.ip,
      TextOf(record.destination.principal), record.destination.ip, record.destination.port,
      http.method, http.authority,
      http.path_template == nullptr ? absl::string_view(http.path) : TextOf(http.path_template),
      http.status, http.grpc_status, rule.policy_namespace, rule.policy, rule.rule);
}

}  // namespace

bool IsOrdinary(const Record& record) {
  return record.verdict == Verdict::kForwarded && record.reason == Reason::kNone &&
         !record.would_be_verdict.has_value() && record.inspection == nullptr;
}

Sampler::Sampler(uint64_t one_in, HandOn hand_on, const Clock& clock)
    : one_in_(one_in), hand_on_(std::move(hand_on)), clock_(clock) {}

// MayWait: what is not ordinary is written as it comes.
bool Sampler::MayWait(const Record& record) const {
  return one_in_ > 1 && record.event == Event::kRequest && IsOrdinary(record) &&
         record.http.has_value();
}

void Sampler::Take(Record&& record) {
  if (!MayWait(record)) return hand_on_(record, 1);
  const uint64_t kind = KindOf(record);
  const auto found = groups_.find(kind);
  if (found == groups_.end() && groups_.size() >= kMaxGroups) return hand_on_(record, 1);
  if (groups_.empty()) oldest_ = clock_.MonoNow();
  Group& group = found == groups_.end() ? groups_[kind] : found->second;
  group.last = std::move(record);
  if (++group.count < one_in_) return;
  hand_on_(group.last, group.count);
  groups_.erase(kind);
}

void Sampler::HandOnLate() {
  if (UntilLate() <= absl::ZeroDuration()) HandOnAll();
}

void Sampler::HandOnAll() {
  for (const auto& [kind, group] : groups_) hand_on_(group.last, group.count);
  groups_.clear();
}

absl::Duration Sampler::UntilLate() const {
  if (groups_.empty()) return absl::InfiniteDuration();
  return kHoldAtMost - absl::FromChrono(clock_.MonoNow() - oldest_);
}

}  // namespace firebreak::flows
