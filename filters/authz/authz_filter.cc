#include "filters/authz/authz_filter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace firebreak::filters {
namespace {

policy::ConnectionRequest RequestOf(const Connection& connection, const certs::SpiffeId* peer,
                                    absl::Time now) {
  const flows::Record& record = connection.record;
  const certs::SpiffeId* self = connection.self.get();
  const bool inbound = record.direction == Direction::kInbound;
  policy::ConnectionRequest request;
  request.direction = record.direction;
  request.source = {.id = inbound ? peer : self, .ip = record.source.ip};
  request.destination = {
      .id = inbound ? self : peer, .ip = record.destination.ip, .port = record.destination.port};
  request.now = now;
  return request;
}

const certs::SpiffeId* ProvedPeer(const Connection& connection) {
  return connection.peer != nullptr ? &connection.peer->id : nullptr;
}

std::string PrincipalsOf(const std::vector<certs::SpiffeId>& ids) {
  return absl::StrJoin(ids, ", ", [](std::string* out, const certs::SpiffeId& id) {
    absl::StrAppend(out, id.principal());
  });
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

Step AuthzFilter::OnConnect(Connection& connection) {
  const bool waits_for_proof =
      connection.record.direction == Direction::kOutbound && connection.expected != nullptr;
  if (!waits_for_proof) return Ask(connection, ProvedPeer(connection), /*live=*/false);
  // Who it is will be proved, and asked about again, before a byte passes. Until then the question
  // is whether anybody it may be is allowed.
  Reason refusal = Reason::kInternal;
  for (const certs::SpiffeId& candidate : *connection.expected) {
    if (Authorize(connection, &candidate, &refusal)) return Step::kContinue;
  }
  // Nobody has proved anything, so the record's destination has no principal: say who was meant.
  connection.Refuse(Verdict::kDropped, refusal, flows::CloseReason::kDenied,
                    absl::StrCat("expected ", PrincipalsOf(*connection.expected)));
  return Step::kClose;
}

Step AuthzFilter::OnEstablished(Connection& connection) {
  // Inbound, the upstream is the workload itself and nothing new is known.
  if (connection.record.direction == Direction::kInbound) return Step::kContinue;
  return Ask(connection, ProvedPeer(connection), /*live=*/false);
}

Step AuthzFilter::OnRecheck(Connection& connection) {
  return Ask(connection, ProvedPeer(connection), /*live=*/true);
}

Step AuthzFilter::Ask(Connection& connection, const certs::SpiffeId* peer, bool live) {
  Reason refusal = Reason::kInternal;
  if (Authorize(connection, peer, &refusal)) return Step::kContinue;
  connection.Refuse(Verdict::kDropped, live ? Reason::kPolicyChanged : refusal,
                    live ? flows::CloseReason::kPolicy : flows::CloseReason::kDenied);
  return Step::kClose;
}

bool AuthzFilter::Authorize(Connection& connection, const certs::SpiffeId* peer, Reason* refusal) {
  policy::Decision decision;
  absl::StatusOr<policy::Permit> permit =
      authorizer_.Authorize(RequestOf(connection, peer, clock_.WallNow()), &decision);
  Note(decision, connection.record);
  *refusal = decision.reason;
  if (!permit.ok()) {
    connection.permit.reset();
    return false;
  }
  connection.record.verdict = decision.verdict;
  connection.record.reason = Reason::kNone;
  connection.permit = *std::move(permit);
  return true;
}

}  // namespace firebreak::filters
