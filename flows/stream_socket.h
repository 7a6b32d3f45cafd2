// A TCP connection of a sink, used with blocking calls that each have a deadline.
#ifndef FIREBREAK_FLOWS_STREAM_SOCKET_H_
#define FIREBREAK_FLOWS_STREAM_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"

namespace firebreak::flows {

// StreamSocket is closed or open; every error closes it. For one thread.
class StreamSocket {
 public:
  explicit StreamSocket(const Clock& clock) : clock_(clock) {}
  ~StreamSocket() { Close(); }
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  // Connect tries each address of host, an IP address or a name, until one answers or the deadline
  // has passed. Looking up a name may take as long as the resolver's own time-outs.
  absl::Status Connect(const std::string& host, uint16_t port, MonoTime deadline);
  // Write sends all of text.
  absl::Status Write(absl::string_view text, MonoTime deadline);
  // Read returns what there is, at most `most` bytes; an empty string is the peer's end.
  absl::StatusOr<std::string> Read(size_t most, MonoTime deadline);
  // IsStale tells whether an idle connection was ended or said something, and so cannot be used.
  bool IsStale() const;

  bool is_open() const { return fd_ >= 0; }
  void Close();

 private:
  absl::Status Fail(int error, absl::string_view what);
  absl::Status WaitFor(short events, MonoTime deadline, absl::string_view what);

  const Clock& clock_;
  int fd_ = -1;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_STREAM_SOCKET_H_
