// A TCP connection of a sink.
#ifndef FIREBREAK_FLOWS_STREAM_SOCKET_H_
#define FIREBREAK_FLOWS_STREAM_SOCKET_H_

#include <string>

#include "flows/byte_stream.h"

namespace firebreak::flows {

class StreamSocket final : public ByteStream {
 public:
  explicit StreamSocket(const Clock& clock) : clock_(clock) {}
  ~StreamSocket() override { CloseSocket(); }

  absl::Status Connect(const std::string& host, uint16_t port, MonoTime deadline) override;
  absl::Status Write(absl::string_view text, MonoTime deadline) override;
  absl::StatusOr<std::string> Read(size_t most, MonoTime deadline) override;
  absl::StatusOr<std::optional<std::string>> ReadNow(size_t most) override;
  bool IsStale() const override;
  bool is_open() const override { return fd_ >= 0; }
  void Close() override { CloseSocket(); }

 private:
  absl::Status Fail(int error, absl::string_view what);
  absl::Status InTime(MonoTime deadline, absl::string_view what);
  absl::Status WaitFor(short events, MonoTime deadline, absl::string_view what);
  void CloseSocket();

  const Clock& clock_;
  int fd_ = -1;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_STREAM_SOCKET_H_
