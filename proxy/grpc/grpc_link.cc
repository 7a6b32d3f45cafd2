#include "proxy/grpc/grpc_link.h"

#include <sys/uio.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "proxy/http2/http2_codec.h"

namespace firebreak::proxy {
namespace {

constexpr size_t kPieceBytes = 16'384;
// What a farewell, or a look at an idle connection, may take.
constexpr std::chrono::milliseconds kMoment(200);

http::Request RequestOf(const GrpcServer& server, const GrpcCall& call) {
  http::Request request;
  request.version = http::Version::kHttp2;
  request.method = "POST";
  request.scheme = server.tls ? "https" : "http";
  const bool v6 = absl::StrContains(server.host, ':');
  request.authority = absl::StrCat(v6 ? "[" : "", server.host, v6 ? "]:" : ":", server.port);
  request.path = call.path;
  request.has_body = true;
  request.trailers_accepted = true;
  request.headers = call.fields;
  request.headers.Add("content-type", call.content_type);
  request.headers.Add("user-agent", "firebreak-proxy");
  return request;
}

}  // namespace

GrpcLink::GrpcLink(const GrpcServer& server, flows::ByteStream& stream, const Clock& clock)
    : server_(server), bytes_(stream), clock_(clock) {
  CodecOptions options;
  options.max_streams = 1;
  codec_ = MakeHttp2Client(options, output_, slabs_, *this);
}

absl::StatusOr<std::unique_ptr<GrpcLink>> GrpcLink::Open(const GrpcServer& server,
                                                         flows::ByteStream& stream,
                                                         const Clock& clock, MonoTime deadline) {
  FB_RETURN_IF_ERROR(stream.Connect(server.host, server.port, deadline));
  // The constructor is private, which make_unique cannot call.
  return std::unique_ptr<GrpcLink>(new GrpcLink(server, stream, clock));
}

// A server that was told nothing more need not wait for a time-out to know.
GrpcLink::~GrpcLink() {
  if (bytes_.is_open()) {
    codec_->Drain();
    codec_->Produce();
    Write(clock_.MonoNow() + kMoment);
  }
  bytes_.Close();
}

bool GrpcLink::IsUsable() {
  Exchange(clock_.MonoNow() + kMoment);
  return lost_.ok() && codec_->state() == CodecState::kOpen;
}

absl::Status GrpcLink::Begin(const GrpcCall& call) {
  ended_ = absl::OkStatus();
  answer_headers_ = {};
  answers_.emplace(call.max_answer_bytes);
  answer_.reset();
  body_.clear();
  sent_ = 0;
  finished_ = false;
  stream_ = codec_->Request(RequestOf(server_, call), /*end=*/false, *this);
  return stream_ != nullptr ? absl::OkStatus() : absl::UnavailableError("no call can be made now");
}

absl::Status GrpcLink::Send(absl::string_view message, MonoTime deadline) {
  body_ = Framed(message);
  sent_ = 0;
  return WaitFor([this] { return sent_ == body_.size() && stream_ != nullptr; }, deadline);
}

absl::StatusOr<std::string> GrpcLink::Receive(MonoTime deadline) {
  HoldAnswer();
  FB_RETURN_IF_ERROR(WaitFor([this] { return answer_.has_value(); }, deadline));
  return GiveAnswer();
}

absl::StatusOr<std::optional<std::string>> GrpcLink::ReceiveNow() {
  HoldAnswer();
  if (!answer_.has_value()) Exchange(clock_.MonoNow() + kMoment);
  if (answer_.has_value()) return GiveAnswer();
  if (stream_ == nullptr) return Early();
  return std::nullopt;
}

// HoldAnswer takes the next message out of what has come, where none is held.
void GrpcLink::HoldAnswer() {
  if (answer_.has_value()) return;
  auto message = answers_->Next();
  if (!message.ok()) {
    if (stream_ != nullptr) stream_->Reset(StreamError::kCancelled);
    return EndCall(absl::DataLossError(message.status().message()));
  }
  // Who only waits for the end has no use for it.
  if (!finished_) answer_ = *std::move(message);
  if (answer_.has_value() && stream_ != nullptr) stream_->Pause();
}

std::string GrpcLink::GiveAnswer() {
  if (stream_ != nullptr) stream_->Resume();
  return *std::exchange(answer_, std::nullopt);
}

absl::Status GrpcLink::Finish(MonoTime deadline) {
  Exchange(deadline);  // what the server has said by now it said without having read to the end
  if (stream_ == nullptr) return Early();
  finished_ = true;
  if (answer_.has_value()) GiveAnswer();
  stream_->SendEnd({});
  FB_RETURN_IF_ERROR(WaitFor([this] { return stream_ == nullptr; }, deadline));
  return ended_;
}

absl::Status GrpcLink::Early() const {
  return ended_.ok() ? absl::UnavailableError("the server ended the call early") : ended_;
}

// WaitFor returns OK once `done` says so, and else why that will not be.
absl::Status GrpcLink::WaitFor(const std::function<bool()>& done, MonoTime deadline) {
  while (true) {
    Exchange(deadline);
    if (done()) return absl::OkStatus();
    if (stream_ == nullptr) return Early();
    Take(bytes_.Read(kPieceBytes, deadline));
  }
}

// Exchange moves what can be moved, either way, without waiting for the server to say more.
void GrpcLink::Exchange(MonoTime deadline) {
  bool more = lost_.ok();
  while (more && lost_.ok()) {
    while (lost_.ok() && Take(bytes_.ReadNow(kPieceBytes))) {
    }
    codec_->Resume();
    SendBody();
    codec_->Produce();
    more = !output_.empty();
    Write(deadline);
  }
}

// Take acts on what was read; false when that was nothing.
bool GrpcLink::Take(const absl::StatusOr<std::optional<std::string>>& got) {
  if (got.ok() && !got->has_value()) return false;
  if (got.ok() && !(*got)->empty()) {
    codec_->Receive(**got);
    const CodecState state = codec_->state();
    const bool over = state == CodecState::kFailed || state == CodecState::kDone;
    if (over) Lose(absl::StrCat("HTTP/2: ", codec_->failure_code()));
    return true;
  }
  if (absl::IsDeadlineExceeded(got.status())) {
    Lose("the server does not answer");
  } else {
    Lose(got.ok() ? "the server closed the connection" : got.status().message());
  }
  codec_->ReceiveFailure();
  return true;
}

void GrpcLink::SendBody() {
  while (stream_ != nullptr && sent_ < body_.size() && stream_->writable()) {
    const absl::string_view piece = absl::string_view(body_).substr(sent_, kPieceBytes);
    sent_ += piece.size();
    stream_->SendData(piece);
  }
}

void GrpcLink::Write(MonoTime deadline) {
  while (!output_.empty() && lost_.ok()) {
    iovec piece;
    output_.Front(&piece, 1);
    const absl::string_view bytes(static_cast<const char*>(piece.iov_base), piece.iov_len);
    const absl::Status written = bytes_.Write(bytes, deadline);
    if (!written.ok()) return Lose(written.message());
    output_.Drain(bytes.size());
  }
}

void GrpcLink::Lose(absl::string_view why) {
  if (lost_.ok()) lost_ = absl::UnavailableError(why);
  EndCall(lost_);
}

// The first end stands.
void GrpcLink::EndCall(absl::Status status) {
  if (stream_ == nullptr) return;
  stream_ = nullptr;
  ended_ = std::move(status);
}

void GrpcLink::OnResponse(http::Response& response) {
  answer_headers_ = response.headers;
  const auto type = response.headers.Get("content-type");
  if (response.status == 200 && type.has_value() && absl::StartsWith(*type, "application/grpc")) {
    return;
  }
  Lose(absl::StrCat("HTTP ", response.status, " from something that does not speak gRPC"));
}

void GrpcLink::OnData(absl::string_view bytes) {
  if (finished_) return;  // only the end is waited for
  answers_->Feed(bytes);
  HoldAnswer();
}

void GrpcLink::OnEnd(const http::HeaderMap& trailers) {
  // A status without a message before it stands in the headers ("Trailers-Only").
  const http::HeaderMap& from = trailers.Has("grpc-status") ? trailers : answer_headers_;
  const auto code = from.Get("grpc-status");
  if (!code.has_value()) return Lose("an answer without a gRPC status");
  if (!finished_ && stream_ != nullptr) stream_->Reset(StreamError::kCancelled);  // nobody reads it
  EndCall(StatusOf(*code, from.Get("grpc-message").value_or("")));
}

void GrpcLink::OnFailure(StreamFailure failure) {
  if (stream_ != nullptr) Lose(absl::StrCat(StreamErrorName(failure.error), ": ", failure.code));
}

}  // namespace firebreak::proxy
