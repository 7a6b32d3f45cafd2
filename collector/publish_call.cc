#include "collector/publish_call.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::collector {
namespace {

// A message of this size needs no room of its own: what one read brings is held anyway.
constexpr size_t kSmallMessage = 16'384;

http::Response Headers() {
  http::Response response;
  response.version = http::Version::kHttp2;
  response.status = 200;
  response.has_body = true;
  response.headers.Add("content-type", kContentType);
  response.headers.Add(kProtocolField, absl::StrCat(kProtocolVersion));
  return response;
}

void AddStatus(const absl::Status& status, http::HeaderMap* fields) {
  fields->Add("grpc-status", absl::StrCat(static_cast<int>(status.code())));
  if (!status.ok()) fields->Add("grpc-message", proxy::GrpcMessage(status.message()));
}

}  // namespace

PublishCall::PublishCall(CallServer& server, CallOwner& owner, std::string principal,
                         proxy::ServerStream& stream)
    : server_(server), owner_(owner), principal_(std::move(principal)), stream_(&stream) {}

PublishCall::~PublishCall() {
  if (room_ > 0) server_.GiveRoom(room_);
}

void PublishCall::SendHeaders() {
  if (std::exchange(headers_sent_, true)) return;
  stream_->SendResponse(Headers(), /*end=*/false);
}

void PublishCall::Refuse(const absl::Status& status) { End(status); }

void PublishCall::End(const absl::Status& status) {
  if (stream_ == nullptr) return;
  if (headers_sent_) {
    http::HeaderMap trailers;
    AddStatus(status, &trailers);
    stream_->SendEnd(trailers);
  } else {
    http::Response response = Headers();
    response.has_body = false;
    AddStatus(status, &response.headers);
    stream_->SendResponse(response, /*end=*/true);
  }
  Finish();
}

void PublishCall::Finish() {
  stream_ = nullptr;
  server_.Forget(*this);
  owner_.OnCallEnd(*this);
}

void PublishCall::OnData(absl::string_view bytes) {
  if (stream_ == nullptr) return;
  reader_.Feed(bytes);
  Work();
}

// Work takes what is whole until something has to be waited for.
void PublishCall::Work() {
  while (stream_ != nullptr && !waiting_) {
    auto message = reader_.Next();
    if (!message.ok()) return End(message.status());
    const bool partial = !message->has_value() && reader_.in_message();
    if (partial != std::exchange(in_message_, partial)) {
      partial ? server_.BeginMessage(*this) : server_.EndMessage(*this);
    }
    if (!message->has_value()) break;
    const absl::Status taken = TakeMessage(**message);
    if (room_ > 0) server_.GiveRoom(std::exchange(room_, 0));
    if (!taken.ok()) return End(taken);
  }
  if (stream_ == nullptr || waiting_) return;
  if (!HasRoom()) return stream_->Pause();
  if (!input_ended_) return;
  End(reader_.in_message() ? absl::InvalidArgumentError("a message was cut short")
                           : absl::OkStatus());
}

bool PublishCall::HasRoom() {
  const size_t size = reader_.announced();
  if (size <= kSmallMessage || room_ > 0) return true;
  if (server_.TakeRoom(*this, size)) {
    room_ = size;
    return true;
  }
  // It is we who are slow now.
  if (std::exchange(in_message_, false)) server_.EndMessage(*this);
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
  stream_->Pause();
  return absl::OkStatus();
}

void PublishCall::OnSynced(const absl::Status& status) {
  if (!std::exchange(waiting_, false) || stream_ == nullptr) return;
  if (!status.ok()) return End(status);
  SendHeaders();
  stream_->SendData(proxy::Framed(EncodeReceipt(receipt_)));
  stream_->Resume();
  Work();
}

void PublishCall::OnRoom(size_t bytes) {
  room_ = bytes;
  stream_->Resume();
  Work();
}

void PublishCall::OnEnd(const http::HeaderMap& /*trailers*/) {
  input_ended_ = true;
  Work();
}

void PublishCall::OnFailure(proxy::StreamFailure /*failure*/) { Finish(); }

void PublishCall::OnTimeout() {
  in_message_ = false;
  End(absl::DeadlineExceededError("a message took too long"));
}

}  // namespace firebreak::collector
