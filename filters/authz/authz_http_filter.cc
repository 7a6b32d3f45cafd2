#include "filters/authz/authz_http_filter.h"

#include <utility>

#include "filters/authz/question.h"

namespace firebreak::filters {
namespace {

constexpr int kForbidden = 403;

}  // namespace

Step AuthzHttpFilter::OnRequest(HttpExchange& exchange) {
  const Connection& connection = exchange.connection;
  if (connection.record.direction == Direction::kInbound) {
    return Ask(exchange, connection.peer != nullptr ? &connection.peer->id : nullptr, false);
  }
  if (connection.expected == nullptr) return Ask(exchange, nullptr, false);
  // Who it is will be proved, and asked about again, before the request is sent.
  Reason refusal = Reason::kInternal;
  for (const certs::SpiffeId& candidate : *connection.expected) {
    if (Authorize(exchange, &candidate, Peer::kMaybe, &refusal)) return Step::kContinue;
  }
  exchange.Refuse(Verdict::kDropped, refusal, kForbidden);
  return Step::kClose;
}

Step AuthzHttpFilter::OnUpstream(HttpExchange& exchange) {
  if (exchange.upstream_peer == nullptr) return Step::kContinue;
  return Ask(exchange, &exchange.upstream_peer->id, false);
}

Step AuthzHttpFilter::OnRecheck(HttpExchange& exchange) {
  const Connection& connection = exchange.connection;
  if (connection.record.direction == Direction::kInbound) {
    return Ask(exchange, connection.peer != nullptr ? &connection.peer->id : nullptr, true);
  }
  if (exchange.upstream_peer != nullptr) return Ask(exchange, &exchange.upstream_peer->id, true);
  // While the upstream's identity is unknown the question comes with OnUpstream.
  return connection.expected == nullptr ? Ask(exchange, nullptr, true) : Step::kContinue;
}

Step AuthzHttpFilter::Ask(HttpExchange& exchange, const certs::SpiffeId* peer, bool live) {
  Reason refusal = Reason::kInternal;
  if (Authorize(exchange, peer, Peer::kKnown, &refusal)) return Step::kContinue;
  exchange.Refuse(Verdict::kDropped, live ? ReasonToCut(refusal) : refusal, kForbidden);
  return Step::kClose;
}

bool AuthzHttpFilter::Authorize(HttpExchange& exchange, const certs::SpiffeId* peer, Peer known,
                                Reason* refusal) {
  policy::ConnectionRequest question = QuestionAbout(exchange.connection, peer, clock_.WallNow());
  question.carries = policy::Carries::kRequest;
  question.http = &exchange.request;
  question.remote = policy::RemoteAddress::Of(exchange.request.headers, trusted_hops_);
  question.takes_use = known == Peer::kKnown;
  question.held_use = exchange.use.get();
  policy::Decision decision;
  absl::StatusOr<policy::Permit> permit = authorizer_.Authorize(question, &decision);
  NoteDecision(decision, exchange.record);
  exchange.info->path_template = decision.path_template;
  *refusal = decision.reason;
  exchange.permit.reset();
  if (!permit.ok()) return false;
  exchange.record.verdict = decision.verdict;
  exchange.record.reason = Reason::kNone;
  exchange.permit = *std::move(permit);
  if (question.takes_use && decision.use != nullptr) exchange.use = decision.use;
  return true;
}

}  // namespace firebreak::filters
