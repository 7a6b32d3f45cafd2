// Call is one call of a sidecar: what all kinds of calls have in common.
#ifndef FIREBREAK_COLLECTOR_CALL_H_
#define FIREBREAK_COLLECTOR_CALL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "proxy/http/codec.h"

namespace firebreak::collector {

class Call;

class CallOwner {
 public:
  // OnCallData: bytes have come.
  virtual void OnCallData() = 0;
  // OnCallEnd: nothing more comes of the call. It is destroyed, but not within.
  virtual void OnCallEnd(Call& call) = 0;

 protected:
  ~CallOwner() = default;
};

// A call ends with a gRPC status, or with its stream; from then on stream() is null.
class Call : public proxy::StreamReader {
 public:
  const std::string& principal() const { return principal_; }

  // Refuse ends the call before it has begun.
  void Refuse(const absl::Status& status) { End(status); }

 protected:
  // principal is whom the sender's SVID proved. The owner outlives the call.
  Call(CallOwner& owner, std::string principal, proxy::ServerStream& stream);

  proxy::ServerStream* stream() const { return stream_; }
  // SendHeaders goes before the first message.
  void SendHeaders();
  void End(const absl::Status& status);
  // OnBytes is OnData, while the call goes on.
  virtual void OnBytes(absl::string_view bytes) = 0;
  // OnOver: the call has ended, and waits for nothing any more.
  virtual void OnOver() = 0;

  void OnData(absl::string_view bytes) final;
  void OnFailure(proxy::StreamFailure /*failure*/) override { Finish(); }

 private:
  void Finish();

  CallOwner& owner_;
  const std::string principal_;
  proxy::ServerStream* stream_;
  bool headers_sent_ = false;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_CALL_H_
