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
  const auto refusal = AskAboutAny(*connection.expected, [&](const certs::SpiffeId* candidate) {
    return Authorize(exchange, candidate, Peer::kMaybe);
  });
  if (!refusal.has_value()) return Step::kContinue;
  exchange.Refuse(Verdict::kDropped, *refusal, kForbidden);
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
  const std::optional<Reason> refusal = Authorize(exchange, peer, Peer::kKnown);
  if (!refusal.has_value()) return Step::kContinue;
  exchange.Refuse(Verdict::kDropped, live ? ReasonToCut(*refusal) : *refusal, kForbidden);
  return Step::kClose;
}

std::optional<Reason> AuthzHttpFilter::Authorize(HttpExchange& exchange,
                                                 const certs::SpiffeId* peer, Peer known) {
  policy::ConnectionRequest question = QuestionAbout(exchange.connection, peer, clock_.WallNow());
  question.carries = policy::Carries::kRequest;
  question.http = &exchange.request;
  question.remote = policy::RemoteAddress::Of(exchange.request.headers, trusted_hops_);
  question.takes_use = known == Peer::kKnown;
  question.held_use = exchange.use.get();
  policy::Decision decision;
  const std::optional<Reason> refusal =
      AskPolicy(authorizer_, question, Asked(exchange), &decision);
  exchange.record.http->path_template = std::move(decision.path_template);
  return refusal;
}

}  // namespace firebreak::filters
