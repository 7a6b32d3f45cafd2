#include "filters/authz/authz_filter.h"

#include <utility>

namespace firebreak::filters {
namespace {

policy::ConnectionRequest RequestOf(const Connection& connection, absl::Time now) {
  const flows::Record& record = connection.record;
  const certs::SpiffeId* peer = connection.peer != nullptr ? &connection.peer->id
                                                           : connection.expected.get();
  const certs::SpiffeId* self = connection.self.get();
  const bool inbound = record.direction == Direction::kInbound;
  policy::ConnectionRequest request;
  request.direction = record.direction;
  request.source = {.id = inbound ? peer : self, .ip = record.source.ip};
  request.destination = {.id = inbound ? self : peer,
                         .ip = record.destination.ip,
                         .port = record.destination.port};
  request.now = now;
  return request;
}

// Note copies who decided into the record, for an answer either way.
void Note(const policy::Decision& decision, flows::Record& record) {
  record.rule = decision.rule;
  record.policy_revision = decision.revision;
  record.decision_id = decision.id;
  record.would_be_verdict.reset();
  if (decision.would_be.has_value()) {
    record.would_be_verdict = decision.would_be->verdict;
    // Where nothing enforced decided, the rule to look at is the one under audit.
    if (record.rule == nullptr) record.rule = decision.would_be->rule;
  }
}

}  // namespace

Step AuthzFilter::OnConnect(Connection& connection) { return Ask(connection, /*live=*/false); }

Step AuthzFilter::OnEstablished(Connection& connection) {
  // Inbound, the upstream is the workload itself and nothing new is known.
  if (connection.record.direction == Direction::kInbound) return Step::kContinue;
  return Ask(connection, /*live=*/false);
}

Step AuthzFilter::OnRecheck(Connection& connection) { return Ask(connection, /*live=*/true); }

Step AuthzFilter::Ask(Connection& connection, bool live) {
  policy::Decision decision;
  absl::StatusOr<policy::Permit> permit =
      authorizer_.Authorize(RequestOf(connection, clock_.WallNow()), &decision);
  Note(decision, connection.record);
  if (!permit.ok()) {
    connection.permit.reset();
    connection.Refuse(Verdict::kDropped, live ? Reason::kPolicyChanged : decision.reason,
                      live ? flows::CloseReason::kPolicy : flows::CloseReason::kDenied);
    return Step::kClose;
  }
  connection.record.verdict = decision.verdict;
  connection.record.reason = Reason::kNone;
  connection.permit = *std::move(permit);
  return Step::kContinue;
}

}  // namespace firebreak::filters
