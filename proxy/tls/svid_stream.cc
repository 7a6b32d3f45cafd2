#include "proxy/tls/svid_stream.h"

#include <poll.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "flows/dial.h"

namespace firebreak::proxy {

absl::Status SvidStream::Connect(const std::string& host, uint16_t port, MonoTime deadline) {
  Close();
  FB_ASSIGN_OR_RETURN(const int fd, flows::Dial(host, port, clock_, deadline));
  transport_ = TlsTransport::Client(Socket(fd), scratch_, engine_, expected_, {.http2 = true});
  if (transport_ == nullptr) return absl::FailedPreconditionError("this sidecar has no SVID yet");
  read_state_ = IoState::kBlocked;
  return Handshake(deadline);
}

absl::Status SvidStream::Handshake(MonoTime deadline) {
  while (true) {
    transport_->Note({.readable = true});
    switch (transport_->Handshake()) {
      case TlsTransport::HandshakeState::kBlocked:
        FB_RETURN_IF_ERROR(Await("TLS handshake", deadline));
        break;
      case TlsTransport::HandshakeState::kDone:
        if (transport_->alpn() == Alpn::kHttp2) return absl::OkStatus();
        return Fail(absl::UnavailableError("the peer does not speak HTTP/2"));
      case TlsTransport::HandshakeState::kFailed:
        return Fail(absl::UnavailableError(absl::StrCat(ReasonName(transport_->failure_reason()),
                                                        ": ", transport_->failure_detail())));
    }
  }
}

// Await waits until the peer says something, or takes what is held for it.
absl::Status SvidStream::Await(absl::string_view what, MonoTime deadline) {
  const short events = transport_->write_blocked() ? POLLIN | POLLOUT : POLLIN;
  absl::Status ready = flows::AwaitSocket(transport_->fd(), events, what, clock_, deadline);
  if (!ready.ok()) return Fail(std::move(ready));
  if (transport_->Flush() == IoState::kReset) return Fail(absl::UnavailableError("reset"));
  return absl::OkStatus();
}

absl::Status SvidStream::Write(absl::string_view text, MonoTime deadline) {
  if (transport_->Write(text) == IoState::kReset) return Fail(absl::UnavailableError("reset"));
  while (transport_->write_blocked()) {
    absl::Status room = flows::AwaitSocket(transport_->fd(), POLLOUT, "write", clock_, deadline);
    if (!room.ok()) return Fail(std::move(room));
    if (transport_->Flush() == IoState::kReset) return Fail(absl::UnavailableError("reset"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SvidStream::Read(size_t most, MonoTime deadline) {
  while (true) {
    if (clock_.MonoNow() >= deadline) {
      return Fail(absl::DeadlineExceededError("read: timed out"));
    }
    FB_ASSIGN_OR_RETURN(std::optional<std::string> text, ReadNow(most));
    if (text.has_value()) return *std::move(text);
    FB_RETURN_IF_ERROR(Await("read", deadline));
  }
}

absl::StatusOr<std::optional<std::string>> SvidStream::ReadNow(size_t most) {
  std::string text(most, '\0');
  transport_->Note({.readable = true});
  const ReadResult got = transport_->Read(absl::MakeSpan(text.data(), text.size()));
  read_state_ = got.state;
  text.resize(got.bytes);
  if (got.bytes > 0 || got.state == IoState::kEof) return text;
  if (got.state == IoState::kBlocked) return std::nullopt;
  // A refusal of our certificate comes behind our half of a TLS 1.3 handshake, as an alert.
  const std::string& detail = transport_->failure_detail();
  return Fail(absl::UnavailableError(
      absl::StrCat("the peer closed the connection", detail.empty() ? "" : ": ", detail)));
}

bool SvidStream::IsStale() const {
  if (read_state_ != IoState::kBlocked) return true;  // TLS may hold more, or has ended
  pollfd waited{.fd = transport_->fd(), .events = POLLIN, .revents = 0};
  return poll(&waited, 1, 0) != 0;
}

void SvidStream::Close() {
  if (transport_ != nullptr) transport_->Finish();
  transport_.reset();
}

absl::Status SvidStream::Fail(absl::Status status) {
  transport_.reset();
  return status;
}

}  // namespace firebreak::proxy
