// GrpcLink is a connection to a gRPC server, for a thread that blocks: one call at a time.
#ifndef FIREBREAK_PROXY_GRPC_GRPC_LINK_H_
#define FIREBREAK_PROXY_GRPC_GRPC_LINK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "flows/byte_stream.h"
#include "proxy/grpc/framing.h"
#include "proxy/http/codec.h"

namespace firebreak::proxy {

// GrpcServer is whom a link is to.
struct GrpcServer {
  std::string host;  // IP address, without brackets, or name
  uint16_t port = 0;
  bool tls = true;  // what requests say of the stream
};

// GrpcCall is what one call asks for.
struct GrpcCall {
  std::string path;  // "/package.Service/Method"
  std::string content_type = "application/grpc";
  http::HeaderMap fields = {};
  size_t max_answer_bytes = 1'024;  // of one message of the server
};

// GrpcLink speaks HTTP/2 over a stream that it is lent. Each function blocks up to its deadline. A
// connection that was lost or was late is Unavailable, and the link then of no more use; DataLoss
// is an answer that cannot be read or is too large, which ends the call; any other error is the
// gRPC status that the server ended the call with. It holds one message of the server, and takes in
// no more of the call than a window until that was asked for.
class GrpcLink final : private CodecHost, private ResponseReader {
 public:
  // Open connects the stream, which outlives the link, and is closed with it.
  static absl::StatusOr<std::unique_ptr<GrpcLink>> Open(const GrpcServer& server,
                                                        flows::ByteStream& stream,
                                                        const Clock& clock, MonoTime deadline);
  ~GrpcLink() override;

  // IsUsable: whether calls can be made: the server has not taken leave while nobody asked.
  bool IsUsable();
  // Whether a call goes on.
  bool in_call() const { return stream_ != nullptr; }
  // Whether a message of the server has begun and is not whole yet.
  bool in_answer() const { return answers_.has_value() && answers_->in_message(); }

  // Begin begins a call; none must be going on.
  absl::Status Begin(const GrpcCall& call);
  // Send passes a message on, and returns once all but a window's worth of it has gone out.
  absl::Status Send(absl::string_view message, MonoTime deadline);
  // Receive returns the next message of the server. Unavailable, too, where it ends the call first.
  absl::StatusOr<std::string> Receive(MonoTime deadline);
  // ReceiveNow is Receive without waiting; nothing when no message has come.
  absl::StatusOr<std::optional<std::string>> ReceiveNow();
  // Finish says that no message follows, and returns the status that the server ends the call with:
  // OK from a server that has read them all. One that ended it before may not have: Unavailable.
  absl::Status Finish(MonoTime deadline);

 private:
  GrpcLink(const GrpcServer& server, flows::ByteStream& stream, const Clock& clock);

  absl::Status Early() const;
  absl::Status WaitFor(const std::function<bool()>& done, MonoTime deadline);
  void Exchange(MonoTime deadline);
  bool Take(const absl::StatusOr<std::optional<std::string>>& got);
  void Write(MonoTime deadline);
  void SendBody();
  void Lose(absl::string_view why);
  void EndCall(absl::Status status);
  void HoldAnswer();
  std::string GiveAnswer();

  void Wake() override {}  // every turn produces
  void OnInformational(http::Response& /*response*/) override {}
  void OnResponse(http::Response& response) override;
  void OnData(absl::string_view bytes) override;
  void OnEnd(const http::HeaderMap& trailers) override;
  void OnFailure(StreamFailure failure) override;
  void OnWritable() override {}

  const GrpcServer server_;
  flows::ByteStream& bytes_;
  const Clock& clock_;
  SlabPool slabs_;
  Buffer output_{slabs_};
  std::unique_ptr<ClientCodec> codec_;
  absl::Status lost_;  // OK: the connection goes on

  // Of the call at hand, or the last one.
  ClientStream* stream_ = nullptr;  // the codec's; null once the call has ended
  absl::Status ended_;              // why it has
  http::HeaderMap answer_headers_;
  std::optional<MessageReader> answers_;
  std::optional<std::string>
      answer_;        // that nobody has asked for yet; the call is paused meanwhile
  std::string body_;  // of the message under way, from sent_ on with us
  size_t sent_ = 0;
  bool finished_ = false;  // no message follows
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_GRPC_GRPC_LINK_H_
