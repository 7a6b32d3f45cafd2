// QuarantineCall is one stream of the quarantine list to one sidecar.
#ifndef FIREBREAK_COLLECTOR_QUARANTINE_CALL_H_
#define FIREBREAK_COLLECTOR_QUARANTINE_CALL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "collector/call.h"
#include "collector/quarantine_feed.h"
#include "collector/wire/messages.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/grpc/framing.h"

namespace firebreak::collector {

// All calls send from the same copy of a list, a piece at a time: a sidecar that does not read
// costs what its connection holds. However much it says, it is owed one answer at most.
class QuarantineCall final : public Call, public proxy::TimeoutEntry {
 public:
  // The feed outlives the call.
  QuarantineCall(QuarantineFeed& feed, CallOwner& owner, std::string principal,
                 proxy::ServerStream& stream);
  ~QuarantineCall() override;

  // The serial that the sidecar says it has in force.
  uint64_t serial() const { return serial_; }
  // Send sends what is due, as far as the stream takes it.
  void Send();

 private:
  void OnBytes(absl::string_view bytes) override;
  void OnEnd(const http::HeaderMap& trailers) override;
  void OnWritable() override { Send(); }
  void OnTimeout() override;
  void OnOver() override { feed_.Forget(*this); }
  // Whether there is something to send, which is then sending_.
  bool IsDue();

  QuarantineFeed& feed_;
  proxy::MessageReader reader_{kMaxHeldBytes};
  uint64_t serial_ = 0;
  uint64_t edition_ = 0;  // the last that was sent
  bool owes_answer_ = false;
  std::shared_ptr<const std::string> sending_;  // null: nothing; from sent_ on to be sent
  size_t sent_ = 0;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_QUARANTINE_CALL_H_
