#include "flows/record.h"

#include <array>
#include <cstddef>

#include "flows/event_names.h"

namespace firebreak::flows {
namespace {

constexpr std::array<absl::string_view, 7> kProtocolNames = {"",     "TCP",       "HTTP1", "HTTP2",
                                                             "GRPC", "WEBSOCKET", "TLS"};
constexpr std::array<absl::string_view, kCloseReasonCount> kCloseReasonNames = {
    "",
    "DOWNSTREAM_FIN",
    "UPSTREAM_FIN",
    "DOWNSTREAM_RESET",
    "UPSTREAM_RESET",
    "CONNECT_FAILED",
    "HANDSHAKE_FAILED",
    "DENIED",
    "POLICY",
    "IDLE_TIMEOUT",
    "HALF_CLOSE_TIMEOUT",
    "LIMIT",
    "DRAINED",
    "INTERNAL"};

}  // namespace

absl::string_view EventName(Event event) { return kEvents[static_cast<size_t>(event)]; }

absl::string_view ProtocolName(Protocol protocol) {
  return kProtocolNames[static_cast<size_t>(protocol)];
}

absl::string_view CloseReasonName(CloseReason reason) {
  return kCloseReasonNames[static_cast<size_t>(reason)];
}

}  // namespace firebreak::flows
