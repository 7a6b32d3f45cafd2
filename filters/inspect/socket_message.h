// SocketMessage looks into messages of a WebSocket, one after the other.
#ifndef FIREBREAK_FILTERS_INSPECT_SOCKET_MESSAGE_H_
#define FIREBREAK_FILTERS_INSPECT_SOCKET_MESSAGE_H_

#include <optional>

#include "absl/strings/string_view.h"

#include "filters/inspect/message_part.h"
#include "flows/record.h"
#include "inspect/engine.h"
#include "inspect/payload/body_extractor.h"
#include "inspect/payload/structure.h"
#include "inspect/secrets/secret_scanner.h"

namespace firebreak::filters {

// Each is taken apart like a body without a content type, and has a score of its own. Begin, any
// number of Feed, End, and Clear before the next one.
class SocketMessage final : private inspect::FieldSink {
 public:
  // The limits outlive it. `path`: of the request that opened the WebSocket.
  SocketMessage(const MessagePart::Setup& setup, const inspect::StructureLimits& limits,
                absl::string_view path);
  SocketMessage(const SocketMessage&) = delete;
  SocketMessage& operator=(const SocketMessage&) = delete;

  void Begin();
  void Feed(absl::string_view bytes);
  void End();
  void Clear();
  // Hide: what comes cannot be looked into, by this rule, which outlives it.
  void Hide(const inspect::RuleInfo& rule, absl::string_view excerpt);
  bool hidden() const { return inspection_.hidden_by() != nullptr; }

  // Why the connection may not go on, if so.
  std::optional<Refusal> refusal() const;
  bool found() const { return !inspection_.findings().empty() || FoundSecret(); }
  // AddTo writes what was found into the record.
  void AddTo(flows::InspectionInfo* info) const;

 private:
  struct Body {
    Body(const inspect::StructureLimits& limits, inspect::FieldSink& fields,
         inspect::StructureSink& structure)
        : report(structure), extractor(limits, fields, report) {}
    inspect::StructureReport report;
    inspect::BodyExtractor extractor;
  };

  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override { inspection_.FieldBytes(bytes); }
  void EndField() override { inspection_.EndField(); }
  bool FoundSecret() const { return secrets_.has_value() && secrets_->total() > 0; }

  const MessagePart::Setup setup_;
  const inspect::StructureLimits& limits_;
  inspect::Inspection inspection_;
  std::optional<Body> body_;                       // where attacks are looked for
  std::optional<inspect::SecretScanner> secrets_;  // where data may be lost
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_SOCKET_MESSAGE_H_
