#include "collector/collector_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "collector/quarantine_call.h"
#include "proxy/http2/http2_codec.h"

namespace firebreak::collector {
namespace {

using proxy::TlsTransport;

// A sender needs one stream; the second is for one whose first is just ending.
proxy::CodecOptions OptionsOfSenders() {
  proxy::CodecOptions options;
  options.max_header_bytes = 16'384;
  options.max_header_fields = 50;
  options.max_streams = 2;
  return options;
}

}  // namespace

CollectorSession::CollectorSession(const SessionServices& services, SessionOwner& owner,
                                   std::unique_ptr<TlsTransport> transport)
    : services_(services),
      owner_(owner),
      transport_(std::move(transport)),
      pump_(*transport_, services.scratch, services.agenda, *this) {
  services_.handshake_timeouts.Add(*this);
  transport_->Watch(services_.loop, *this);
}

// The calls go first: their streams are the codec's.
CollectorSession::~CollectorSession() { calls_.clear(); }

absl::string_view CollectorSession::principal() const {
  return codec_ != nullptr ? transport_->peer()->id.principal() : absl::string_view();
}

void CollectorSession::OnFdEvents(proxy::FdEvents events) {
  if (ended_) return;
  const proxy::Agenda::Turn turn(services_.agenda);
  if (codec_ == nullptr) {
    Handshake(events);
  } else {
    pump_.OnEvents(events);
  }
}

void CollectorSession::Handshake(proxy::FdEvents events) {
  transport_->Note(events);
  if (events.writable && transport_->write_blocked()) transport_->Flush();
  switch (transport_->Handshake()) {
    case TlsTransport::HandshakeState::kBlocked:
      return;
    case TlsTransport::HandshakeState::kFailed:
      owner_.OnHandshakeFailed(absl::StrCat(ReasonName(transport_->failure_reason()), ": ",
                                            transport_->failure_detail()));
      return End();
    case TlsTransport::HandshakeState::kDone:
      break;
  }
  if (transport_->alpn() != proxy::Alpn::kHttp2) {
    owner_.OnHandshakeFailed("the sender does not speak HTTP/2");
    return End();
  }
  trust_epoch_ = transport_->trust_epoch();
  codec_ =
      proxy::MakeHttp2Server(OptionsOfSenders(), pump_.output(), services_.scratch.slabs(), *this);
  if (!owner_.OnHandshakeDone(*this)) return End();
  services_.idle_timeouts.Add(*this);
  pump_.Start(*codec_, {});
  // Trust may have changed while the peer took its time over the handshake.
  Recheck();
}

void CollectorSession::Recheck() {
  if (ended_ || codec_ == nullptr || trust_epoch_ == services_.tls.trust_epoch()) return;
  if (!services_.tls.Revalidate(*transport_->peer()).ok()) {
    owner_.OnHandshakeFailed(absl::StrCat(principal(), " is trusted no more"));
    return End();
  }
  trust_epoch_ = services_.tls.trust_epoch();
}

void CollectorSession::Expire(absl::Time now) {
  if (ended_ || codec_ == nullptr || now < transport_->peer()->not_after) return;
  owner_.OnHandshakeFailed(absl::StrCat("the SVID of ", principal(), " has ended"));
  End();
}

proxy::StreamReader* CollectorSession::OnRequest(proxy::ServerStream& stream,
                                                 http::Request& request,
                                                 const http::Rejection* rejection) {
  Touch(services_.loop.Now());
  calls_.push_back(MakeCall(stream, request));
  Call& call = *calls_.back();
  const absl::Status checked = CheckRequest(request, rejection);
  if (!checked.ok()) call.Refuse(checked);
  return &call;
}

// MakeCall makes one of either kind, which may be refused yet.
std::unique_ptr<Call> CollectorSession::MakeCall(proxy::ServerStream& stream,
                                                 const http::Request& request) {
  CallOwner& owner = *this;
  std::string sender(principal());
  if (request.path == kQuarantinePath && services_.quarantine != nullptr) {
    return std::make_unique<QuarantineCall>(*services_.quarantine, owner, std::move(sender),
                                            stream);
  }
  return std::make_unique<PublishCall>(services_.calls, owner, std::move(sender), stream);
}

absl::Status CollectorSession::CheckRequest(const http::Request& request,
                                            const http::Rejection* rejection) const {
  const bool known = request.path == kPublishPath || request.path == kQuarantinePath;
  if (rejection != nullptr || request.method != "POST" || !known || request.has_query ||
      !request.grpc) {
    return absl::UnimplementedError(absl::StrCat("this is a collector: POST ", kPublishPath));
  }
  if (request.path == kQuarantinePath && services_.quarantine == nullptr) {
    return absl::UnimplementedError("this collector gives out no quarantine list");
  }
  if (request.headers.Has(kProtocolField)) {
    int version = 0;
    const auto field = request.headers.Get(kProtocolField);
    if (!field.has_value() || !absl::SimpleAtoi(*field, &version) || version < 1 ||
        version > kProtocolVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat("this collector speaks version ", kProtocolVersion, " of the protocol"));
    }
  }
  if (!owner_.MayReport(principal())) {
    return absl::UnauthenticatedError(absl::StrCat(principal(), " may not report here"));
  }
  return absl::OkStatus();
}

// A PING, or a window, is no sign that somebody has something to say.
void CollectorSession::OnCallData() { Touch(services_.loop.Now()); }

void CollectorSession::OnCallEnd(Call& call) {
  const auto at = std::find_if(calls_.begin(), calls_.end(),
                               [&call](const auto& held) { return held.get() == &call; });
  services_.loop.DeleteLater(std::move(*at));
  calls_.erase(at);
}

void CollectorSession::Drain() {
  if (ended_) return;
  if (codec_ == nullptr) return End();
  codec_->Drain();
  pump_.Wake();
}

void CollectorSession::OnPumpEnd(proxy::PumpEnd /*end*/) { End(); }

// A sender that has said nothing for long may be gone: it comes back when it has something to say.
void CollectorSession::OnTimeout() {
  if (codec_ == nullptr) owner_.OnHandshakeFailed("the handshake took too long");
  End();
}

void CollectorSession::End() {
  if (std::exchange(ended_, true)) return;
  pump_.Stop();
  if (codec_ != nullptr) codec_->ReceiveFailure();
  owner_.OnSessionEnd(*this);
}

}  // namespace firebreak::collector
