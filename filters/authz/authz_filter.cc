#include "filters/authz/authz_filter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "filters/authz/question.h"

namespace firebreak::filters {
namespace {

const certs::SpiffeId* ProvedPeer(const Connection& connection) {
  return connection.peer != nullptr ? &connection.peer->id : nullptr;
}

std::string PrincipalsOf(const std::vector<certs::SpiffeId>& ids) {
  return absl::StrJoin(ids, ", ", [](std::string* out, const certs::SpiffeId& id) {
    absl::StrAppend(out, id.principal());
  });
}

// CarriesOf says what a connection may be asked about: while it may still turn out to be HTTP, only
// what is refused whatever its requests are.
policy::Carries CarriesOf(const Connection& connection) {
  return connection.record.protocol == flows::Protocol::kTcp ? policy::Carries::kBytes
                                                             : policy::Carries::kRequests;
}

}  // namespace

Step AuthzFilter::OnConnect(Connection& connection) {
  return AskAboutWhoIsKnown(connection, false);
}

Step AuthzFilter::OnProtocol(Connection& connection) {
  // What is HTTP is asked about request by request.
  if (connection.record.protocol != flows::Protocol::kTcp) return Step::kContinue;
  if (connection.ended()) return Step::kClose;
  return AskAboutWhoIsKnown(connection, false);
}

Step AuthzFilter::OnEstablished(Connection& connection) {
  // Inbound, the upstream is the workload itself and nothing new is known.
  if (connection.record.direction == Direction::kInbound) return Step::kContinue;
  return Ask(connection, ProvedPeer(connection), /*live=*/false);
}

Step AuthzFilter::OnRecheck(Connection& connection) {
  return connection.ended() ? Step::kClose : AskAboutWhoIsKnown(connection, true);
}

Step AuthzFilter::AskAboutWhoIsKnown(Connection& connection, bool live) {
  const bool waits_for_proof = connection.record.direction == Direction::kOutbound &&
                               connection.expected != nullptr && connection.peer == nullptr;
  if (!waits_for_proof) return Ask(connection, ProvedPeer(connection), live);
  // Who it is will be proved, and asked about again, before a byte passes. Until then the question
  // is whether anybody it may be is allowed.
  const auto refusal = AskAboutAny(*connection.expected, [&](const certs::SpiffeId* candidate) {
    return Authorize(connection, candidate, Peer::kMaybe);
  });
  if (!refusal.has_value()) return Step::kContinue;
  // Nobody has proved anything, so the record's destination has no principal: say who was meant.
  return Refuse(connection, *refusal, live,
                absl::StrCat("expected ", PrincipalsOf(*connection.expected)));
}

Step AuthzFilter::Ask(Connection& connection, const certs::SpiffeId* peer, bool live) {
  const std::optional<Reason> refusal = Authorize(connection, peer, Peer::kKnown);
  return refusal.has_value() ? Refuse(connection, *refusal, live, {}) : Step::kContinue;
}

Step AuthzFilter::Refuse(Connection& connection, Reason refusal, bool live,
                         absl::string_view detail) {
  connection.Refuse(Verdict::kDropped, live ? ReasonToCut(refusal) : refusal,
                    live ? flows::CloseReason::kPolicy : flows::CloseReason::kDenied, detail);
  const bool answers = connection.record.direction == Direction::kOutbound &&
                       connection.record.protocol != flows::Protocol::kTcp;
  return answers && !live ? Step::kContinue : Step::kClose;
}

std::optional<Reason> AuthzFilter::Authorize(Connection& connection, const certs::SpiffeId* peer,
                                             Peer known) {
  policy::ConnectionRequest question = QuestionAbout(connection, peer, clock_.WallNow());
  question.carries = CarriesOf(connection);
  const bool bytes = question.carries == policy::Carries::kBytes;
  if (!bytes && trusted_hops_ > 0) question.remote.kind = policy::RemoteAddress::Kind::kLater;
  question.takes_use = bytes && known == Peer::kKnown;
  question.held_use = connection.use.get();
  policy::Decision decision;
  const std::optional<Reason> refusal =
      AskPolicy(authorizer_, question, Asked(connection), &decision);
  // A yes that leaves the requests open opens nothing.
  if (!bytes) connection.permit.reset();
  return refusal;
}

}  // namespace firebreak::filters
