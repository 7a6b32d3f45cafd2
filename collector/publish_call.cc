#include "collector/publish_call.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::collector {
namespace {

// A message of this size needs no room of its own, else every sidecar with little to say had to
// ask.
constexpr size_t kSmallMessage = 4'096;

// TellTurn says that it is for the sender to go on, or no more.
void TellTurn(CallServer& server, PublishCall& call, bool is_senders) {
  if (is_senders) {
    server.BeginMessage(call);
  } else {
    server.EndMessage(call);
  }
}

}  // namespace

PublishCall::PublishCall(CallServer& server, CallOwner& owner, std::string principal,
                         proxy::ServerStream& stream)
    : Call(owner, std::move(principal), stream), server_(server) {}

PublishCall::~PublishCall() {
  if (room_ > 0) server_.GiveRoom(*this, room_);
}

void PublishCall::OnBytes(absl::string_view bytes) {
  reader_.Feed(bytes);
  Work();
}

// Work takes what is whole until something has to be waited for.
void PublishCall::Work() {
  while (stream() != nullptr && !waiting_) {
    auto message = reader_.Next();
    if (!message.ok()) return End(message.status());
    const bool partial = !message->has_value() && reader_.in_message();
    if (partial != std::exchange(in_message_, partial)) TellTurn(server_, *this, partial);
    if (!message->has_value()) break;
    const absl::Status taken = TakeMessage(**message);
    if (room_ > 0) server_.GiveRoom(*this, std::exchange(room_, 0));
    if (!taken.ok()) return End(taken);
  }
  if (stream() == nullptr || waiting_) return;
  if (!HasRoom() || !input_ended_) return;
  End(reader_.in_message() ? absl::InvalidArgumentError("a message was cut short")
                           : absl::OkStatus());
}

// HasRoom: whether the call may read on; if not, it waits for OnRoom, or has ended.
bool PublishCall::HasRoom() {
  const size_t size = reader_.announced();
  if (size <= kSmallMessage || room_ > 0) return true;
  switch (server_.TakeRoom(*this, size)) {
    case RoomAnswer::kTaken:
      room_ = size;
      reader_.Reserve();
      return true;
    case RoomAnswer::kWait:
      // It is we who are slow now.
      if (std::exchange(in_message_, false)) server_.EndMessage(*this);
      stream()->Pause();
      return false;
    case RoomAnswer::kOneCrowds:
      End(absl::ResourceExhaustedError("too many messages of this identity wait for room"));
      return false;
    case RoomAnswer::kAllCrowd:
      End(absl::ResourceExhaustedError("too many messages wait for room"));
      return false;
  }
  return false;
}

absl::Status PublishCall::TakeMessage(absl::string_view message) {
  FB_ASSIGN_OR_RETURN(receipt_, server_.TakeBatch(*this, message));
  if (receipt_.number != ++number_) {
    // It is stored; whoever counts like this gets no receipt for it.
    return absl::FailedPreconditionError(
        absl::StrCat("batch ", receipt_.number, " where ", number_, " was due"));
  }
  waiting_ = true;
  stream()->Pause();
  return absl::OkStatus();
}

void PublishCall::OnSynced(const absl::Status& status) {
  if (!std::exchange(waiting_, false) || stream() == nullptr) return;
  if (!status.ok()) return End(status);
  SendHeaders();
  stream()->SendData(proxy::Framed(EncodeReceipt(receipt_)));
  GoOn();
}

// GoOn reads on, unless the sender takes no receipts: then OnWritable does, if it does so in time.
void PublishCall::GoOn() {
  const bool untaken = !stream()->writable();
  if (untaken != std::exchange(untaken_, untaken)) TellTurn(server_, *this, untaken);
  if (untaken) return;
  stream()->Resume();
  Work();
}

void PublishCall::OnWritable() {
  if (stream() != nullptr && untaken_) GoOn();
}

void PublishCall::OnRoom(size_t bytes) {
  room_ = bytes;
  if (stream() == nullptr) return;  // ended by who was served before
  reader_.Reserve();
  stream()->Resume();
  Work();
}

void PublishCall::OnEnd(const http::HeaderMap& /*trailers*/) {
  input_ended_ = true;
  Work();
}

void PublishCall::OnOver() { server_.Forget(*this); }

void PublishCall::OnTimeout() {
  in_message_ = false;
  End(absl::DeadlineExceededError(untaken_ ? "receipts were not taken"
                                           : "a message took too long"));
}

}  // namespace firebreak::collector
