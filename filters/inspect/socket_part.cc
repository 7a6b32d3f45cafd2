#include "filters/inspect/socket_part.h"

#include <algorithm>

#include "filters/inspect/findings.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {

SocketPart::SocketPart(const MessagePart::Setup& setup, const inspect::StructureLimits& limits,
                       inspect::FrameReader::From from, absl::string_view path)
    : setup_(setup), limits_(limits), path_(path), frames_(from), message_(setup, limits, path) {}

const std::optional<Refusal>& SocketPart::Feed(absl::string_view bytes) {
  if (refusal_.has_value()) return refusal_;
  const inspect::FrameFault fault = frames_.Feed(bytes, *this);
  if (fault != inspect::FrameFault::kNone && !message_.hidden()) {
    const bool packed = fault == inspect::FrameFault::kCompressed;
    message_.Hide(packed ? inspect::kPackedMessage : inspect::kBrokenFrames, packed ? "RSV1" : "");
  }
  Judge(message_);
  return refusal_;
}

void SocketPart::OnControl(absl::string_view payload) {
  if (control_ == nullptr) control_ = std::make_unique<SocketMessage>(setup_, limits_, path_);
  control_->Begin();
  control_->Feed(payload);
  Finish(*control_);
}

void SocketPart::Judge(const SocketMessage& message) {
  if (!refusal_.has_value()) refusal_ = message.refusal();
}

void SocketPart::Finish(SocketMessage& message) {
  message.End();
  Judge(message);
  message.AddTo(&info_);
  message.Clear();
}

void SocketPart::AddTo(flows::InspectionInfo* info) const {
  info->score = std::max(info->score, info_.score);
  for (const flows::InspectionMatch& match : info_.matches) AddMatch(match, info);
  message_.AddTo(info);
}

}  // namespace firebreak::filters
