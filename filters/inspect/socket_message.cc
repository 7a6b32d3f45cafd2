#include "filters/inspect/socket_message.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"

namespace firebreak::filters {
namespace {

// Nobody is answered any more; it says what a request would have been.
constexpr int kForbidden = 403;

}  // namespace

SocketMessage::SocketMessage(const MessagePart::Setup& setup,
                             const inspect::StructureLimits& limits, absl::string_view path)
    : setup_(setup), limits_(limits), inspection_(setup.engine) {
  inspection_.ToPath(path);
}

void SocketMessage::Begin() {
  inspect::FieldSink& fields = *this;
  if (setup_.attacks != InspectionMode::kOff) body_.emplace(limits_, fields, inspection_);
  if (setup_.data_loss != InspectionMode::kOff) {
    secrets_.emplace(setup_.plan.secrets, setup_.plan.secrets_off);
  }
}

void SocketMessage::Feed(absl::string_view bytes) {
  if (body_.has_value()) body_->extractor.Feed(bytes);
  if (secrets_.has_value()) secrets_->Feed(bytes);
}

void SocketMessage::End() {
  if (body_.has_value()) body_->extractor.End();
  if (secrets_.has_value()) secrets_->Finish();
}

void SocketMessage::Clear() {
  inspection_.Reset();
  body_.reset();
  secrets_.reset();
}

void SocketMessage::Hide(const inspect::RuleInfo& rule, absl::string_view excerpt) {
  inspection_.Tell(rule, inspect::Place::kWebSocket, "", std::string(excerpt));
}

// What has no structure that we know is a field of its own place.
void SocketMessage::BeginField(inspect::Place place, absl::string_view name, bool is_name) {
  inspection_.BeginField(place == inspect::Place::kBytes ? inspect::Place::kWebSocket : place, name,
                         is_name);
}

std::optional<Refusal> SocketMessage::refusal() const {
  const bool attacks = setup_.attacks == InspectionMode::kBlock;
  const bool leaving = setup_.data_loss == InspectionMode::kBlock;
  if (hidden() && (attacks || leaving)) {
    return Refusal{kForbidden, std::string(inspection_.hidden_by()->id)};
  }
  if (attacks && inspection_.blocks()) {
    const inspect::Finding& worst = *WorstOf(inspection_);
    return Refusal{kForbidden, absl::StrCat(worst.id, " in ", FieldText(worst, FoundSecret()))};
  }
  if (leaving && FoundSecret()) return Refusal{kForbidden, "FBI-DLP-001 in a message"};
  return std::nullopt;
}

void SocketMessage::AddTo(flows::InspectionInfo* info) const {
  if (!inspection_.findings().empty()) AddFindings(inspection_, /*redact=*/FoundSecret(), info);
  if (!FoundSecret()) return;
  for (const inspect::SecretMatch& match : secrets_->matches()) {
    AddSecret(match, "websocket", info);
  }
}

}  // namespace firebreak::filters
