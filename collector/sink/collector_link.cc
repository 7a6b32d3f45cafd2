#include "collector/sink/collector_link.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/net/socket.h"

namespace firebreak::collector {
namespace {

using proxy::IoState;
using proxy::TlsTransport;

constexpr size_t kMaxAnswerBytes = 1'024;
constexpr size_t kPieceBytes = 16'384;

int64_t MillisecondsLeft(const Clock& clock, MonoTime deadline) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.MonoNow()).count();
}

// Poll returns the events that came, or 0 at the deadline.
short Poll(int fd, short events, const Clock& clock, MonoTime deadline) {
  while (true) {
    const int64_t left = MillisecondsLeft(clock, deadline);
    if (left <= 0) return 0;
    pollfd waited{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return waited.revents;
    if (ready < 0 && errno != EINTR) return 0;
  }
}

absl::StatusOr<std::vector<SocketAddress>> Resolve(const LinkTarget& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed =
      getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (failed != 0) {
    return absl::UnavailableError(absl::StrCat(target.host, ": ", gai_strerror(failed)));
  }
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    addresses.push_back(SocketAddress::FromSockaddr(at->ai_addr));
  }
  return addresses;
}

absl::StatusOr<proxy::Socket> ConnectTo(const LinkTarget& target, const Clock& clock,
                                        MonoTime deadline) {
  FB_ASSIGN_OR_RETURN(const std::vector<SocketAddress> addresses, Resolve(target));
  absl::Status status = absl::UnavailableError(absl::StrCat(target.host, ": no address"));
  for (const SocketAddress& address : addresses) {
    auto socket = proxy::Connect(address);
    if (!socket.ok()) {
      status = socket.status();
      continue;
    }
    const bool answered = Poll(socket->fd(), POLLOUT, clock, deadline) != 0;
    const int error = answered ? proxy::ConnectError(socket->fd()) : ETIMEDOUT;
    if (error == 0) return socket;
    status = absl::UnavailableError(
        absl::StrCat("cannot connect to ", address.ToString(), ": ", std::strerror(error)));
  }
  return status;
}

http::Request PublishRequest(const LinkTarget& target) {
  http::Request request;
  request.version = http::Version::kHttp2;
  request.method = "POST";
  request.scheme = "https";
  const bool v6 = absl::StrContains(target.host, ':');
  request.authority = absl::StrCat(v6 ? "[" : "", target.host, v6 ? "]:" : ":", target.port);
  request.path = std::string(kPublishPath);
  request.has_body = true;
  request.trailers_accepted = true;
  request.headers.Add("content-type", kContentType);
  request.headers.Add("user-agent", "firebreak-proxy");
  request.headers.Add(kProtocolField, absl::StrCat(kProtocolVersion));
  return request;
}

}  // namespace

CollectorLink::CollectorLink(const LinkTarget& target, std::unique_ptr<TlsTransport> transport,
                             proxy::Scratch& scratch, const Clock& clock)
    : target_(target),
      clock_(clock),
      scratch_(scratch),
      transport_(std::move(transport)),
      output_(scratch.slabs()),
      answers_(kMaxAnswerBytes) {}

// A collector that was told nothing more need not wait for a time-out to know.
CollectorLink::~CollectorLink() {
  if (codec_ == nullptr) return;
  codec_->Drain();
  codec_->Produce();
  Write();
  transport_->Finish();
}

absl::StatusOr<std::unique_ptr<CollectorLink>> CollectorLink::Open(const LinkTarget& target,
                                                                   proxy::TlsEngine& engine,
                                                                   proxy::Scratch& scratch,
                                                                   const Clock& clock,
                                                                   MonoTime deadline) {
  FB_ASSIGN_OR_RETURN(proxy::Socket socket, ConnectTo(target, clock, deadline));
  auto transport =
      TlsTransport::Client(std::move(socket), scratch, engine, target.expected, {.http2 = true});
  if (transport == nullptr) return absl::FailedPreconditionError("this sidecar has no SVID yet");
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<CollectorLink> link(
      new CollectorLink(target, std::move(transport), scratch, clock));
  FB_RETURN_IF_ERROR(link->Handshake(deadline));
  FB_RETURN_IF_ERROR(link->OpenStream());
  return link;
}

absl::Status CollectorLink::Handshake(MonoTime deadline) {
  while (true) {
    transport_->Note({.readable = true});
    switch (transport_->Handshake()) {
      case TlsTransport::HandshakeState::kBlocked:
        FB_RETURN_IF_ERROR(WaitForSocket(deadline));
        break;
      case TlsTransport::HandshakeState::kDone:
        if (transport_->alpn() == proxy::Alpn::kHttp2) return absl::OkStatus();
        return absl::UnavailableError("the collector does not speak HTTP/2");
      case TlsTransport::HandshakeState::kFailed:
        return absl::UnavailableError(absl::StrCat(ReasonName(transport_->failure_reason()), ": ",
                                                   transport_->failure_detail()));
    }
  }
}

absl::Status CollectorLink::OpenStream() {
  proxy::CodecOptions options;
  options.max_streams = 1;
  codec_ = proxy::MakeHttp2Client(options, output_, scratch_.slabs(), *this);
  stream_ = codec_->Request(PublishRequest(target_), /*end=*/false, *this);
  if (stream_ == nullptr) return absl::UnavailableError("no stream can be opened");
  return absl::OkStatus();
}

bool CollectorLink::IsUsable() {
  Exchange();
  return ended_.ok() && codec_->state() == proxy::CodecState::kOpen;
}

absl::StatusOr<Receipt> CollectorLink::Publish(uint64_t lines, absl::string_view text,
                                               MonoTime deadline) {
  FB_ASSIGN_OR_RETURN(const std::string message, EncodeBatch(++number_, lines, text));
  body_ = Framed(message);
  sent_ = 0;
  answered_ = false;
  FB_RETURN_IF_ERROR(WaitFor([this] { return answered_; }, deadline));
  // Nonsense says nothing of the batch.
  auto receipt = DecodeReceipt(answer_);
  if (receipt.ok() && receipt->number == number_) return receipt;
  return absl::UnavailableError(absl::StrCat("the answer to batch ", number_, " is of another"));
}

absl::Status CollectorLink::WaitFor(const std::function<bool()>& done, MonoTime deadline) {
  while (true) {
    Exchange();
    if (done()) return absl::OkStatus();
    FB_RETURN_IF_ERROR(ended_);
    FB_RETURN_IF_ERROR(WaitForSocket(deadline));
  }
}

absl::Status CollectorLink::WaitForSocket(MonoTime deadline) {
  const short events = transport_->write_blocked() ? POLLIN | POLLOUT : POLLIN;
  const short ready = Poll(transport_->fd(), events, clock_, deadline);
  if (ready == 0) return absl::UnavailableError("the collector does not answer");
  if ((ready & POLLOUT) != 0 && transport_->Flush() == IoState::kReset) Lose("reset");
  return absl::OkStatus();
}

// Exchange moves what can be moved, either way, without waiting.
void CollectorLink::Exchange() {
  codec_->Resume();
  Read();
  bool more = true;
  while (more) {
    SendBody();
    codec_->Produce();
    const bool any = !output_.empty();
    Write();
    more = any && !transport_->write_blocked() && ended_.ok();
  }
  const bool over =
      codec_->state() == proxy::CodecState::kFailed || codec_->state() == proxy::CodecState::kDone;
  if (over) Lose(absl::StrCat("HTTP/2: ", codec_->failure_code()));
}

void CollectorLink::Read() {
  transport_->Note({.readable = true});
  while (codec_->wants_input()) {
    const absl::Span<char> into = scratch_.plain();
    const proxy::ReadResult got = transport_->Read(into);
    if (got.bytes > 0) codec_->Receive(absl::string_view(into.data(), got.bytes));
    if (got.state == IoState::kBlocked) return;
    if (got.state == IoState::kOk) continue;
    // A refusal of our certificate comes behind our half of a TLS 1.3 handshake, as an alert.
    const std::string& detail = transport_->failure_detail();
    Lose(absl::StrCat("the collector closed the connection", detail.empty() ? "" : ": ", detail));
    return codec_->ReceiveFailure();
  }
}

void CollectorLink::SendBody() {
  while (stream_ != nullptr && sent_ < body_.size() && stream_->writable()) {
    const absl::string_view piece = absl::string_view(body_).substr(sent_, kPieceBytes);
    sent_ += piece.size();
    stream_->SendData(piece);
  }
}

void CollectorLink::Write() {
  while (!output_.empty() && !transport_->write_blocked()) {
    iovec piece;
    output_.Front(&piece, 1);
    const absl::string_view bytes(static_cast<const char*>(piece.iov_base), piece.iov_len);
    if (transport_->Write(bytes) == IoState::kReset) return Lose("reset");
    output_.Drain(bytes.size());
  }
}

void CollectorLink::Lose(absl::string_view why) { EndStream(absl::UnavailableError(why)); }

// The first end stands.
void CollectorLink::EndStream(absl::Status status) {
  stream_ = nullptr;
  if (ended_.ok()) ended_ = std::move(status);
}

void CollectorLink::OnResponse(http::Response& response) {
  answer_headers_ = response.headers;
  const auto type = response.headers.Get("content-type");
  if (response.status == 200 && type.has_value() && absl::StartsWith(*type, "application/grpc")) {
    return;
  }
  Lose(absl::StrCat("HTTP ", response.status, " from something that is no collector"));
}

void CollectorLink::OnData(absl::string_view bytes) {
  answers_.Feed(bytes);
  auto message = answers_.Next();
  if (!message.ok()) return Lose(std::string(message.status().message()));
  if (!message->has_value()) return;
  answer_ = **std::move(message);
  answered_ = true;
}

void CollectorLink::OnEnd(const http::HeaderMap& trailers) {
  // A status without a message before it stands in the headers ("Trailers-Only").
  const http::HeaderMap& from = trailers.Has("grpc-status") ? trailers : answer_headers_;
  const auto code = from.Get("grpc-status");
  if (!code.has_value()) return Lose("an answer without a gRPC status");
  absl::Status status = StatusOf(*code, from.Get("grpc-message").value_or(""));
  EndStream(status.ok() ? absl::UnavailableError("the collector ended the stream")
                        : std::move(status));
}

void CollectorLink::OnFailure(proxy::StreamFailure failure) {
  Lose(absl::StrCat(StreamErrorName(failure.error), ": ", failure.code));
}

}  // namespace firebreak::collector
