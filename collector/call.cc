#include "collector/call.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "collector/wire/messages.h"
#include "proxy/grpc/framing.h"

namespace firebreak::collector {
namespace {

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

Call::Call(CallOwner& owner, std::string principal, proxy::ServerStream& stream)
    : owner_(owner), principal_(std::move(principal)), stream_(&stream) {}

void Call::SendHeaders() {
  if (std::exchange(headers_sent_, true)) return;
  stream_->SendResponse(Headers(), /*end=*/false);
}

void Call::End(const absl::Status& status) {
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

void Call::OnData(absl::string_view bytes) {
  if (stream_ == nullptr) return;
  owner_.OnCallData();
  OnBytes(bytes);
}

void Call::Finish() {
  stream_ = nullptr;
  OnOver();
  owner_.OnCallEnd(*this);
}

}  // namespace firebreak::collector
