// SocketPart looks into one direction of a WebSocket, message by message.
#ifndef FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_
#define FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "filters/inspect/message_part.h"
#include "filters/inspect/socket_message.h"
#include "flows/record.h"
#include "inspect/payload/structure.h"
#include "inspect/websocket/frame_reader.h"

namespace firebreak::filters {

// What frames hide, since they are packed or broken, is refused where it is to block. A message is
// known to be whole with its last byte, so none that is refused arrives whole. What a ping, a pong
// or a close says is a message of its own, and may come in the midst of another.
class SocketPart final : private inspect::MessageSink {
 public:
  // The limits outlive it. `path`: of the request that opened the WebSocket.
  SocketPart(const MessagePart::Setup& setup, const inspect::StructureLimits& limits,
             inspect::FrameReader::From from, absl::string_view path);
  SocketPart(const SocketPart&) = delete;
  SocketPart& operator=(const SocketPart&) = delete;

  // Feed returns why the connection may not go on, if so.
  const std::optional<Refusal>& Feed(absl::string_view bytes);
  bool found() const { return !info_.matches.empty() || message_.found(); }
  // AddTo writes what was found into the record.
  void AddTo(flows::InspectionInfo* info) const;

 private:
  void OnMessage(bool /*text*/) override { message_.Begin(); }
  void OnPayload(absl::string_view bytes) override { message_.Feed(bytes); }
  void OnMessageEnd() override { Finish(message_); }
  void OnControl(absl::string_view payload) override;
  void Judge(const SocketMessage& message);
  void Finish(SocketMessage& message);

  const MessagePart::Setup setup_;
  const inspect::StructureLimits& limits_;
  const std::string path_;
  inspect::FrameReader frames_;
  SocketMessage message_;
  std::unique_ptr<SocketMessage> control_;  // null: no control frame has said anything
  std::optional<Refusal> refusal_;
  flows::InspectionInfo info_;  // of the messages that have ended
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_
