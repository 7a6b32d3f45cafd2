#include "filters/authz/question.h"

#include <utility>

namespace firebreak::filters {
namespace {

// NoteDecision takes of the decision what the record is to hold.
void NoteDecision(policy::Decision& decision, flows::Record& record) {
  record.rule = std::move(decision.rule);
  record.policy_revision = std::move(decision.revision);
  record.decision_id = decision.id;
  record.quarantine = decision.quarantine;
  record.would_be_verdict.reset();
  if (decision.would_be.has_value()) {
    record.would_be_verdict = decision.would_be->verdict;
    // Where nothing enforced decided, the rule to look at is the one under audit.
    if (record.rule == nullptr) record.rule = std::move(decision.would_be->rule);
  }
}

}  // namespace

policy::ConnectionRequest QuestionAbout(const Connection& connection, const certs::SpiffeId* peer,
                                        absl::Time now) {
  const flows::Record& record = connection.record;
  const certs::SpiffeId* self = connection.self.get();
  const bool inbound = record.direction == Direction::kInbound;
  policy::ConnectionRequest request;
  request.direction = record.direction;
  request.source = {.id = inbound ? peer : self, .ip = record.source.ip};
  request.destination = {
      .id = inbound ? self : peer, .ip = record.destination.ip, .port = record.destination.port};
  if (record.tls.sni != nullptr) request.server_name = *record.tls.sni;
  request.now = now;
  return request;
}

Reason ReasonToCut(Reason refusal) {
  const bool speaks_for_itself =
      refusal == Reason::kExpiredGrant || refusal == Reason::kQuarantined;
  return speaks_for_itself ? refusal : Reason::kPolicyChanged;
}

std::optional<Reason> AskPolicy(policy::Authorizer& authorizer,
                                const policy::ConnectionRequest& question, Asked asked,
                                policy::Decision* decision) {
  absl::StatusOr<policy::Permit> permit = authorizer.Authorize(question, decision);
  NoteDecision(*decision, asked.record);
  asked.permit.reset();
  if (!permit.ok()) return decision->reason;
  asked.record.verdict = decision->verdict;
  asked.record.reason = Reason::kNone;
  asked.permit = *std::move(permit);
  if (question.takes_use && decision->use != nullptr) asked.use = decision->use;
  return std::nullopt;
}

}  // namespace firebreak::filters
