// Risks that follow from which protocol is spoken, and where.
#ifndef FIREBREAK_INSPECT_STREAM_PROTOCOL_RISK_H_
#define FIREBREAK_INSPECT_STREAM_PROTOCOL_RISK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "inspect/protocol/identify.h"
#include "inspect/stream/risk.h"

namespace firebreak::inspect {

// CompareDeclared says what is wrong when a listener or a rule declares one protocol and another
// one is seen. What is unknown is not held against anybody: the sender may not have said enough.
// What began as declared (gRPC as HTTP/2) is as declared.
std::optional<Risk> CompareDeclared(Protocol declared, const Identity& seen);

// RisksOf are those of the protocol itself. `declared`: what was declared is meant, and is no risk.
// A port is held against a protocol only when it is another one's, and not its own too.
std::vector<Risk> RisksOf(const Identity& seen, std::optional<Protocol> declared,
                          uint16_t server_port);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_PROTOCOL_RISK_H_
