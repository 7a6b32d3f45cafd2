// Connection is what filters know of one connection: the very object that is authorised,
// inspected and, at its end, logged.
#ifndef FIREBREAK_FILTERS_API_CONNECTION_H_
#define FIREBREAK_FILTERS_API_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/verdict.h"
#include "certs/peer_identity.h"
#include "flows/record.h"
#include "policy/permit.h"

namespace firebreak::policy {
class UseCount;
}  // namespace firebreak::policy

namespace firebreak::filters {

// FilterState is what one filter keeps of one connection or exchange.
class FilterState {
 public:
  virtual ~FilterState() = default;
};

// Ending is how a live connection that a filter has refused is left: reset, closed in order, or
// kept open for a while without a byte passing.
enum class Ending : uint8_t { kReset, kClose, kHold };

// Connection belongs to one worker. Until something else is known, its record says DROPPED and
// INTERNAL: a path that forgets to say why it ended a connection is visible in the flow log.
struct Connection {
  Connection();

  // Refuse notes why the connection was not, or is no longer, served. The first call stands: what
  // follows from a refusal (resets, closed sockets) does not overwrite its cause.
  void Refuse(Verdict verdict, Reason reason, flows::CloseReason close_reason,
              absl::string_view detail = {});
  // Close notes an ending that is nobody's refusal, such as a FIN; the verdict stays. The first
  // ending stands.
  void Close(flows::CloseReason close_reason, Reason reason = Reason::kNone,
             absl::string_view detail = {});
  bool ended() const { return record.close_reason != flows::CloseReason::kNone; }

  flows::Record record;
  size_t listener = 0;  // that accepted it, by its number in the configuration
  // The authenticated other side; null in clear text, or while it is not known yet.
  std::shared_ptr<const certs::PeerIdentity> peer;
  // OUTBOUND: whom the destination may prove to be, one of these, until `peer` is known; null when
  // the destination is clear text and proves nothing.
  std::shared_ptr<const std::vector<certs::SpiffeId>> expected;
  // This sidecar's own identity; null before it has one.
  std::shared_ptr<const certs::SpiffeId> self;
  // Without a permit no upstream is opened. Only policy::Authorizer makes one.
  std::optional<policy::Permit> permit;
  // The use of a rule with max_uses that this connection holds; null: none.
  std::shared_ptr<const policy::UseCount> use;
  MonoTime accepted_at;
  Ending ending = Ending::kReset;                    // of a refusal by OnBytes
  std::vector<std::unique_ptr<FilterState>> states;  // by ConnectionFilter::slot; may be shorter
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_API_CONNECTION_H_
