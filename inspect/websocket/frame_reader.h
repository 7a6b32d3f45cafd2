// FrameReader reads one direction of a WebSocket (RFC 6455 section 5) as it comes.
#ifndef FIREBREAK_INSPECT_WEBSOCKET_FRAME_READER_H_
#define FIREBREAK_INSPECT_WEBSOCKET_FRAME_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// MessageSink takes messages, unmasked, one after the other: OnMessage, any number of OnPayload,
// OnMessageEnd. How a message is cut into frames, and these into pieces, changes the pieces alone.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void OnMessage(bool text) = 0;
  virtual void OnPayload(absl::string_view bytes) = 0;
  virtual void OnMessageEnd() = 0;
  // What a ping, a pong or a close says, behind the code of the latter; it may come in the midst of
  // a message. The payload is never empty, and lives for the call.
  virtual void OnControl(absl::string_view payload) = 0;
};

enum class FrameFault : uint8_t {
  kNone,
  kBroken,      // not frames, or in an order that RFC 6455 does not allow
  kCompressed,  // RSV1: an extension has packed the message (RFC 7692)
};

// State is some 170 bytes, whatever lengths are announced.
class FrameReader {
 public:
  // Clients mask what they send, and servers do not.
  enum class From { kClient, kServer };
  explicit FrameReader(From from) : from_(from) {}

  // After a fault nothing is taken any more.
  FrameFault Feed(absl::string_view bytes, MessageSink& sink);

 private:
  static constexpr size_t kMaxHeader = 14;
  static constexpr size_t kMaxControl = 125;  // RFC 6455 section 5.5

  // The size of the header so far; it grows with what is read of it.
  size_t HeaderSize() const;
  FrameFault BeginFrame(MessageSink& sink);
  FrameFault CheckFrame() const;
  void PassPayload(absl::string_view bytes, MessageSink& sink);
  void PassPlain(absl::string_view bytes, MessageSink& sink);
  void EndFrame(MessageSink& sink);

  bool final() const { return (header_[0] & 0x80) != 0; }
  uint8_t opcode() const { return header_[0] & 0x0f; }
  bool control() const { return opcode() >= 8; }
  bool masked() const { return (header_[1] & 0x80) != 0; }

  const From from_;
  std::array<uint8_t, kMaxHeader> header_{};
  size_t header_size_ = 0;
  bool in_payload_ = false;
  bool in_message_ = false;  // a frame of it was not its last
  uint64_t left_ = 0;        // of the payload
  size_t mask_at_ = 0;
  std::array<char, kMaxControl> said_;  // by a control frame
  size_t said_size_ = 0;
  FrameFault fault_ = FrameFault::kNone;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_WEBSOCKET_FRAME_READER_H_
