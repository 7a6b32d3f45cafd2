// SocketPart looks into one direction of a WebSocket, message by message.
#ifndef FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_
#define FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "filters/inspect/message_part.h"
#include "flows/record.h"
#include "inspect/engine.h"
#include "inspect/payload/body_extractor.h"
#include "inspect/payload/structure.h"
#include "inspect/secrets/secret_scanner.h"
#include "inspect/websocket/frame_reader.h"

namespace firebreak::filters {

// Each message is taken apart like a body without a content type, and has a score of its own. What
// frames hide, since they are packed or broken, is refused where it is to block. A message is known
// to be whole with its last byte, so none that is refused arrives whole.
class SocketPart final : private inspect::MessageSink, private inspect::FieldSink {
 public:
  // The limits outlive it. `path`: of the request that opened the WebSocket.
  SocketPart(const MessagePart::Setup& setup, const inspect::StructureLimits& limits,
             inspect::FrameReader::From from, absl::string_view path);
  SocketPart(const SocketPart&) = delete;
  SocketPart& operator=(const SocketPart&) = delete;

  // Feed returns why the connection may not go on, if so.
  const std::optional<Refusal>& Feed(absl::string_view bytes);
  bool found() const;
  // AddTo writes what was found into the record.
  void AddTo(flows::InspectionInfo* info) const;

 private:
  // A message under way: its structure, and the secrets in it.
  struct Message {
    Message(const inspect::StructureLimits& limits, inspect::FieldSink& fields,
            inspect::StructureSink& structure)
        : report(structure), body(limits, fields, report) {}
    inspect::StructureReport report;
    inspect::BodyExtractor body;
  };

  void OnMessage(bool text) override;
  void OnPayload(absl::string_view bytes) override;
  void OnMessageEnd() override;
  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override { inspection_.FieldBytes(bytes); }
  void EndField() override { inspection_.EndField(); }
  void Judge();
  bool FoundSecret() const { return secrets_.has_value() && secrets_->total() > 0; }
  // Collect adds what was found in the message under way.
  void Collect(flows::InspectionInfo* info) const;

  const MessagePart::Setup setup_;
  const inspect::StructureLimits& limits_;
  inspect::Inspection inspection_;
  inspect::FrameReader frames_;
  std::optional<Message> message_;
  std::optional<inspect::SecretScanner> secrets_;
  std::optional<Refusal> refusal_;
  flows::InspectionInfo info_;  // of the messages that have ended
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_SOCKET_PART_H_
