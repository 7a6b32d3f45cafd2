// Flows as Hubble tells them, so that `hubble observe --input-file` and what reads its JSON can.
#ifndef FIREBREAK_FLOWS_HUBBLE_H_
#define FIREBREAK_FLOWS_HUBBLE_H_

#include <string>

#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// AppendHubble appends one GetFlowsResponse of Hubble's observer API in protobuf's JSON form,
// without a line feed: a flow, or lost_events for a LOST line. HEAD and ROLLUP lines become
// nothing. Bytes, durations of connections and TLS have no place in it. docs/FLOWS.md has the
// table.
void AppendHubble(const Flow& flow, std::string* out);

// HubbleDropReason is Hubble's name for a reason of ours; it has few of them.
absl::string_view HubbleDropReason(absl::string_view reason);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_HUBBLE_H_
