// A connection of a sink, in clear text or TLS, used with blocking calls that each have a deadline.
#ifndef FIREBREAK_FLOWS_BYTE_STREAM_H_
#define FIREBREAK_FLOWS_BYTE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"

namespace firebreak::flows {

// ByteStream is closed or open; every error closes it. Write and Read say DeadlineExceeded once
// theirs has passed, however busy the peer kept them until then. For one thread.
class ByteStream {
 public:
  ByteStream() = default;
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // Connect tries each address of host, an IP address or a name, until one answers or the deadline
  // has passed. Looking up a name may take as long as the resolver's own time-outs.
  virtual absl::Status Connect(const std::string& host, uint16_t port, MonoTime deadline) = 0;
  // Write sends all of text.
  virtual absl::Status Write(absl::string_view text, MonoTime deadline) = 0;
  // Read returns what there is, at most `most` bytes; an empty string is the peer's end.
  virtual absl::StatusOr<std::string> Read(size_t most, MonoTime deadline) = 0;
  // ReadNow is Read without waiting; nothing when nothing has come, which IsStale cannot always
  // tell.
  virtual absl::StatusOr<std::optional<std::string>> ReadNow(size_t most) = 0;
  // IsStale tells whether an idle connection was ended or said something, and so cannot be used.
  virtual bool IsStale() const = 0;

  virtual bool is_open() const = 0;
  virtual void Close() = 0;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_BYTE_STREAM_H_
