// PublishCall is one stream of batches from one sender.
#ifndef FIREBREAK_COLLECTOR_PUBLISH_CALL_H_
#define FIREBREAK_COLLECTOR_PUBLISH_CALL_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "collector/call.h"
#include "collector/message_room.h"
#include "collector/wire/messages.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/grpc/framing.h"

namespace firebreak::collector {

class PublishCall;

// CallServer is what calls ask for, on behalf of all of them.
class CallServer {
 public:
  // TakeBatch: as Intake::Take. After an OK the call waits for OnSynced.
  virtual absl::StatusOr<Receipt> TakeBatch(PublishCall& call, absl::string_view message) = 0;
  // TakeRoom makes room for a message of so many bytes.
  virtual RoomAnswer TakeRoom(PublishCall& call, size_t bytes) = 0;
  virtual void GiveRoom(PublishCall& call, size_t bytes) = 0;
  // BeginMessage and EndMessage: it is for the sender to go on, and it has to hurry.
  virtual void BeginMessage(PublishCall& call) = 0;
  virtual void EndMessage(PublishCall& call) = 0;
  // Forget: the call waits for nothing any more.
  virtual void Forget(PublishCall& call) = 0;

 protected:
  ~CallServer() = default;
};

// A call takes one batch at a time, and reads no more of its stream until the receipt is given: so
// a store that is slow slows its senders down, and a call keeps one message at most. One that would
// be among too many who wait for room ends, ResourceExhausted: its sender has the batch in a spool,
// and comes again.
class PublishCall final : public Call, public proxy::TimeoutEntry, public RoomSeeker {
 public:
  // The server outlives the call.
  PublishCall(CallServer& server, CallOwner& owner, std::string principal,
              proxy::ServerStream& stream);
  ~PublishCall() override;

  const std::string& principal() const override { return Call::principal(); }

  // OnSynced gives the receipt of the batch that was taken, or ends the call.
  void OnSynced(const absl::Status& status);
  void OnRoom(size_t bytes) override;

 private:
  void OnBytes(absl::string_view bytes) override;
  void OnEnd(const http::HeaderMap& trailers) override;
  void OnWritable() override;
  void OnTimeout() override;
  void OnOver() override;

  void Work();
  void GoOn();
  bool HasRoom();
  absl::Status TakeMessage(absl::string_view message);

  CallServer& server_;
  proxy::MessageReader reader_{kMaxMessageBytes};
  uint64_t number_ = 0;  // of the last batch
  Receipt receipt_;      // while waiting_
  size_t room_ = 0;
  bool waiting_ = false;  // for OnSynced
  bool untaken_ = false;  // receipts that the sender takes none of
  bool in_message_ = false;
  bool input_ended_ = false;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_PUBLISH_CALL_H_
