#include "bench/sink_receivers.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

#include "proxy/http2/http2_codec.h"

namespace firebreak::bench {
namespace {

constexpr size_t kReadBytes = size_t{256} << 10;

// ReadSome returns what came; nothing: the end.
absl::string_view ReadSome(int fd, std::string* into) {
  into->resize(kReadBytes);
  const ssize_t count = recv(fd, into->data(), into->size(), 0);
  return {into->data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
}

void WriteWhole(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the next read says so
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void ServeBytes(int fd) {
  std::string room;
  while (!ReadSome(fd, &room).empty()) {
  }
}

// ServeHttp passes over bodies, of which there is but the length to be known.
void ServeHttp(int fd) {
  constexpr absl::string_view kLength = "Content-Length: ";
  std::string room;
  std::string head;
  uint64_t body = 0;
  while (true) {
    absl::string_view got = ReadSome(fd, &room);
    if (got.empty()) return;
    while (!got.empty()) {
      const auto passed = static_cast<size_t>(std::min<uint64_t>(body, got.size()));
      got.remove_prefix(passed);
      body -= passed;
      if (passed > 0 && body == 0) {
        WriteWhole(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
      head.append(got.data(), got.size());
      const size_t end = head.find("\r\n\r\n");
      if (end == std::string::npos) break;
      const size_t at =
          std::min(head.find(kLength.data(), 0, kLength.size()), end) + kLength.size();
      if (!absl::SimpleAtoi(head.substr(at, head.find('\r', at) - at), &body)) return;
      // What stood behind the head is the end of what was read.
      got = got.substr(got.size() - (head.size() - end - 4));
      head.clear();
    }
  }
}

// GrpcServer ends each call with OK when its sender has ended its half.
class GrpcServer final : private proxy::ServerHost {
 public:
  void Serve(int fd) {
    codec_->Produce();
    std::string room;
    while (codec_->state() == proxy::CodecState::kOpen) {
      Write(fd);
      const absl::string_view got = ReadSome(fd, &room);
      if (got.empty()) break;
      codec_->Receive(got);
      codec_->Resume();
      codec_->Produce();
    }
    codec_->ReceiveFailure();
  }

 private:
  struct Call final : proxy::StreamReader {
    explicit Call(proxy::ServerStream& of) : stream(&of) {}
    void OnData(absl::string_view /*bytes*/) override {}
    void OnEnd(const http::HeaderMap& /*trailers*/) override {
      http::Response response;
      response.version = http::Version::kHttp2;
      response.status = 200;
      response.headers.Add("content-type", "application/grpc");
      response.headers.Add("grpc-status", "0");
      over = true;
      stream->SendResponse(response, /*end=*/true);
    }
    void OnFailure(proxy::StreamFailure /*failure*/) override { over = true; }
    void OnWritable() override {}
    proxy::ServerStream* stream;
    bool over = false;
  };

  proxy::StreamReader* OnRequest(proxy::ServerStream& stream, http::Request& /*request*/,
                                 const http::Rejection* /*rejection*/) override {
    calls_.erase(
        std::remove_if(calls_.begin(), calls_.end(), [](const auto& call) { return call->over; }),
        calls_.end());
    calls_.push_back(std::make_unique<Call>(stream));
    return calls_.back().get();
  }
  void OnMalformed(absl::string_view /*code*/) override {}
  void Wake() override {}  // every turn produces

  void Write(int fd) {
    while (!output_.empty()) {
      iovec piece;
      output_.Front(&piece, 1);
      WriteWhole(fd, {static_cast<const char*>(piece.iov_base), piece.iov_len});
      output_.Drain(piece.iov_len);
      codec_->Produce();
    }
  }

  SlabPool slabs_;
  Buffer output_{slabs_};
  std::vector<std::unique_ptr<Call>> calls_;
  const std::unique_ptr<proxy::Codec> codec_ =
      proxy::MakeHttp2Server(proxy::CodecOptions(), output_, slabs_, *this);
};

absl::StatusOr<proxy::Socket> Open(ReceiverKind kind, const std::string& path) {
  sockaddr_storage address{};
  socklen_t size = SocketAddress(*IpAddress::Parse("127.0.0.1"), 0).ToSockaddr(&address);
  if (kind == ReceiverKind::kUnix) {
    sockaddr_un unix_address{};
    unix_address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(unix_address.sun_path)) return absl::InvalidArgumentError(path);
    std::memcpy(unix_address.sun_path, path.data(), path.size());
    size = sizeof(unix_address);
    std::memcpy(&address, &unix_address, size);
  }
  const bool datagrams = kind == ReceiverKind::kUdp || kind == ReceiverKind::kUnix;
  proxy::Socket socket(
      ::socket(address.ss_family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  if (!socket.valid() || bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      (!datagrams && listen(socket.fd(), 1) != 0)) {
    return absl::ErrnoToStatus(errno, "a socket to receive on");
  }
  return socket;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Receiver>> Receiver::Start(ReceiverKind kind,
                                                          const std::string& path) {
  auto socket = Open(kind, path);
  if (!socket.ok()) return socket.status();
  // The constructor is private, which make_unique cannot call.
  return std::unique_ptr<Receiver>(new Receiver(kind, *std::move(socket)));
}

Receiver::Receiver(ReceiverKind kind, proxy::Socket socket)
    : kind_(kind), socket_(std::move(socket)), thread_([this] { Run(); }) {}

Receiver::~Receiver() {
  shutdown(socket_.fd(), SHUT_RDWR);
  thread_.join();
}

uint16_t Receiver::port() const { return proxy::LocalAddress(socket_.fd()).port(); }

void Receiver::Run() {
  if (kind_ == ReceiverKind::kUdp || kind_ == ReceiverKind::kUnix) return ServeBytes(socket_.fd());
  while (true) {
    const proxy::Socket sender(accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!sender.valid()) return;
    if (kind_ == ReceiverKind::kHttp) {
      ServeHttp(sender.fd());
    } else if (kind_ == ReceiverKind::kGrpc) {
      GrpcServer().Serve(sender.fd());
    } else {
      ServeBytes(sender.fd());
    }
  }
}

}  // namespace firebreak::bench
