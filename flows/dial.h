// How sinks come by a socket: names looked up, connections made, waits that end.
#ifndef FIREBREAK_FLOWS_DIAL_H_
#define FIREBREAK_FLOWS_DIAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "base/clock.h"
#include "base/ip.h"

namespace firebreak::flows {

// Resolve looks up host, an IP address or a name, in the resolver's order; never empty. type:
// SOCK_STREAM or SOCK_DGRAM. It may take as long as the resolver's own time-outs.
absl::StatusOr<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port,
                                                   int type);

// AwaitSocket waits for poll's events. DeadlineExceeded, in the words of `what`: they did not come.
absl::Status AwaitSocket(int fd, short events, absl::string_view what, const Clock& clock,
                         MonoTime deadline);

// Dial connects over TCP to the first address of host that answers. The caller owns the descriptor,
// which does not block and has TCP_NODELAY. The error is that of the last address.
absl::StatusOr<int> Dial(const std::string& host, uint16_t port, const Clock& clock,
                         MonoTime deadline);
// DialAny does the same for addresses, each of which has its part of the time that is left.
absl::StatusOr<int> DialAny(absl::Span<const SocketAddress> addresses, const Clock& clock,
                            MonoTime deadline);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_DIAL_H_
