#include "filters/inspect/socket_part.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {
namespace {

// Nobody is answered any more; it says what a request would have been.
constexpr int kForbidden = 403;

}  // namespace

SocketPart::SocketPart(const MessagePart::Setup& setup, const inspect::StructureLimits& limits,
                       inspect::FrameReader::From from, absl::string_view path)
    : setup_(setup), limits_(limits), inspection_(setup.engine), frames_(from) {
  inspection_.ToPath(path);
}

const std::optional<Refusal>& SocketPart::Feed(absl::string_view bytes) {
  if (refusal_.has_value()) return refusal_;
  const bool hidden = inspection_.hidden_by() != nullptr;
  const inspect::FrameFault fault = frames_.Feed(bytes, *this);
  if (fault != inspect::FrameFault::kNone && !hidden) {
    const bool packed = fault == inspect::FrameFault::kCompressed;
    inspection_.Tell(packed ? inspect::kPackedMessage : inspect::kBrokenFrames,
                     inspect::Place::kWebSocket, "", packed ? "RSV1" : "");
  }
  Judge();
  return refusal_;
}

void SocketPart::OnMessage(bool /*text*/) {
  inspect::FieldSink& fields = *this;
  if (setup_.attacks != InspectionMode::kOff) message_.emplace(limits_, fields, inspection_);
  if (setup_.data_loss != InspectionMode::kOff) {
    secrets_.emplace(setup_.plan.secrets, setup_.plan.secrets_off);
  }
}

void SocketPart::OnPayload(absl::string_view bytes) {
  if (message_.has_value()) message_->body.Feed(bytes);
  if (secrets_.has_value()) secrets_->Feed(bytes);
}

// What has no structure that we know is a field of its own place.
void SocketPart::BeginField(inspect::Place place, absl::string_view name, bool is_name) {
  inspection_.BeginField(place == inspect::Place::kBytes ? inspect::Place::kWebSocket : place, name,
                         is_name);
}

void SocketPart::OnMessageEnd() {
  if (message_.has_value()) message_->body.End();
  if (secrets_.has_value()) secrets_->Finish();
  Judge();
  Collect(&info_);
  inspection_.Reset();
  message_.reset();
  secrets_.reset();
}

void SocketPart::Judge() {
  if (refusal_.has_value()) return;
  const bool attacks = setup_.attacks == InspectionMode::kBlock;
  const bool leaving = setup_.data_loss == InspectionMode::kBlock;
  if (inspection_.hidden_by() != nullptr && (attacks || leaving)) {
    refusal_ = Refusal{kForbidden, std::string(inspection_.hidden_by()->id)};
  } else if (attacks && inspection_.blocks()) {
    const inspect::Finding& worst = *WorstOf(inspection_);
    refusal_ = Refusal{kForbidden, absl::StrCat(worst.id, " in ", FieldText(worst))};
  } else if (leaving && FoundSecret()) {
    refusal_ = Refusal{kForbidden, "FBI-DLP-001 in a message"};
  }
}

void SocketPart::Collect(flows::InspectionInfo* info) const {
  const bool secret = FoundSecret();
  if (!inspection_.findings().empty()) AddFindings(inspection_, /*redact=*/secret, info);
  if (!secret) return;
  for (const inspect::SecretMatch& match : secrets_->matches()) {
    AddSecret(match, "websocket", info);
  }
}

bool SocketPart::found() const {
  return !info_.matches.empty() || !inspection_.findings().empty() || FoundSecret();
}

void SocketPart::AddTo(flows::InspectionInfo* info) const {
  info->score = std::max(info->score, info_.score);
  for (const flows::InspectionMatch& match : info_.matches) AddMatch(match, info);
  Collect(info);
}

}  // namespace firebreak::filters
