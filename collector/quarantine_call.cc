#include "collector/quarantine_call.h"

#include <optional>
#include <utility>

namespace firebreak::collector {
namespace {

constexpr size_t kPieceBytes = 16'384;

}  // namespace

QuarantineCall::QuarantineCall(QuarantineFeed& feed, CallOwner& owner, std::string principal,
                               proxy::ServerStream& stream)
    : Call(owner, std::move(principal), stream), feed_(feed) {}

QuarantineCall::~QuarantineCall() { feed_.Forget(*this); }

void QuarantineCall::OnBytes(absl::string_view bytes) {
  reader_.Feed(bytes);
  while (true) {
    const auto message = reader_.Next();
    if (!message.ok()) return End(message.status());
    if (!message->has_value()) break;
    const auto serial = DecodeHeld(**message);
    if (!serial.ok()) return End(serial.status());
    serial_ = *serial;
    owes_answer_ = true;
    feed_.Heard(*this);
  }
  Send();
}

void QuarantineCall::Send() {
  while (stream() != nullptr && stream()->writable() && IsDue()) {
    const absl::string_view piece = absl::string_view(*sending_).substr(sent_, kPieceBytes);
    SendHeaders();
    stream()->SendData(piece);
    sent_ += piece.size();
    if (sent_ == sending_->size()) sending_ = nullptr;
  }
}

bool QuarantineCall::IsDue() {
  if (sending_ != nullptr) return true;
  const QuarantineFeed::Edition* newer = feed_.NewerThan(serial_);
  if (newer != nullptr && newer->number != edition_) {
    sending_ = newer->message;
    edition_ = newer->number;
  } else if (owes_answer_) {
    sending_ = feed_.nothing();
  } else {
    return false;
  }
  owes_answer_ = false;
  sent_ = 0;
  return true;
}

void QuarantineCall::OnEnd(const http::HeaderMap& /*trailers*/) { End(absl::OkStatus()); }

void QuarantineCall::OnTimeout() {
  End(absl::DeadlineExceededError("this sidecar has said nothing for a minute"));
}

}  // namespace firebreak::collector
