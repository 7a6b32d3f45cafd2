// What readers of flow lines derive from them, each in one place.
#ifndef FIREBREAK_FLOWS_FLOW_FACTS_H_
#define FIREBREAK_FLOWS_FLOW_FACTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/flow.h"

namespace firebreak::flows {

// TellsOfFlow: the line is no LOST or HEAD line, which tell of the log itself, and no ROLLUP line,
// which tells of many flows.
bool TellsOfFlow(const Flow& flow);

// IsKnown: the line is of an event that this version knows. What a later one writes of flows is
// kept and shown, and counted nowhere.
bool IsKnown(const Flow& flow);

// TellsOfRequest: the line is of one request, that has ended or lives on.
bool TellsOfRequest(const Flow& flow);

// Ended: the line counts a flow that is over, and is the only one that does. What lives on has
// lines too, which would count it twice.
bool Ended(const Flow& flow);

// MissingHere: a LOST line that speaks of the log as its file holds it: of records that never
// became lines, or of lines that the file was not given. What other sinks lost is nothing to miss
// here.
bool MissingHere(const Flow& flow);

// PartyOf is who an endpoint is, for everything that counts or compares: the whole principal, or
// the address where nobody was authenticated. Empty where neither is known.
absl::string_view PartyOf(const FlowEndpoint& endpoint);

// PartyName is the same, and "unknown" where neither is known.
absl::string_view PartyName(const FlowEndpoint& endpoint);

// HomeDomain is the trust domain of the sidecar that wrote the line. Empty: not known.
absl::string_view HomeDomain(const Flow& flow);

// ShortName is a party in few words, for a screen only: "namespace/service-account" of a principal
// of the trust domain home, since others may have the same; every other party as it stands.
std::string ShortName(absl::string_view party, absl::string_view home);

// RouteOf is the template of the path, which makes equal requests look equal, or the path.
absl::string_view RouteOf(const Flow& flow);

// UrlOf is "http://authority/path" of a request; empty for what is none.
std::string UrlOf(const Flow& flow);

// Bytes are those of the request and its response, of the connection, or of all that are summed.
uint64_t SentBytes(const Flow& flow);
uint64_t ReceivedBytes(const Flow& flow);

// StartOf is when the request or the connection began.
absl::Time StartOf(const Flow& flow);
// IntervalStartOf is when the part of it that a PERIODIC line's interval is about began.
absl::Time IntervalStartOf(const Flow& flow);

// CarriesRequests: the connection's requests have lines of their own, and tell more than it does.
bool CarriesRequests(const Flow& flow);

// LeftToItsRequests: an outbound connection of which nobody knows the other end, since each of its
// requests has one, and names it.
bool LeftToItsRequests(const Flow& flow);

// MakesEdge: the line counts for the edge between its two ends.
bool MakesEdge(const Flow& flow);

// Failed: allowed, and gone wrong for a reason that is not the caller's: an ERROR verdict, a 5xx, a
// gRPC status of that kind.
bool Failed(const Flow& flow);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_FACTS_H_
