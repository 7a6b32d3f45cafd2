// What is spoken on a connection, from the first bytes of its two sides.
#ifndef FIREBREAK_INSPECT_PROTOCOL_IDENTIFY_H_
#define FIREBREAK_INSPECT_PROTOCOL_IDENTIFY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/protocol/protocol.h"

namespace firebreak::inspect {

// The client is who opened the connection.
enum class Side : uint8_t { kClient, kServer };
inline Side Other(Side side) { return side == Side::kClient ? Side::kServer : Side::kClient; }

enum class Confidence : uint8_t {
  kNone,     // unknown
  kLikely,   // it fits, and so does the port; or the other side's answer does not fit
  kCertain,  // nothing else is written like this, or both sides fit
};
absl::string_view ConfidenceName(Confidence confidence);

struct Identity {
  Protocol protocol = Protocol::kUnknown;
  Confidence confidence = Confidence::kNone;
  friend bool operator==(const Identity& a, const Identity& b) {
    return a.protocol == b.protocol && a.confidence == b.confidence;
  }
};

// StreamIdentifier takes the pieces of both directions of a byte stream.
//
// When both sides have been decided, or after Finish, the answer depends on the first
// kProtocolWindow bytes of each side alone: not on how they were cut, nor on who came first. Until
// then identity() is the best guess. What is ambiguous is unknown. Until a side is decided its
// bytes are held, at most kProtocolWindow; after that nothing but a few words of state.
class StreamIdentifier {
 public:
  // server_port confirms what fits without being proof; 0: there is none.
  explicit StreamIdentifier(uint16_t server_port = 0) : server_port_(server_port) {}

  void Feed(Side side, absl::string_view bytes);
  // Nothing more will be fed.
  void Finish();

  bool settled() const { return at(Side::kClient).done && at(Side::kServer).done; }
  Identity identity() const;

  // What one side alone proves; kUnknown: nothing.
  Protocol ProvenBy(Side side) const;
  // What the other side makes of what one alone proves. kOpen: it has not spoken, or not enough.
  // kDiffers is final, and said of a side that the protocol gives no form.
  enum class Answer : uint8_t { kOpen, kAgrees, kDiffers };
  Answer answer() const;
  // Each side proves something, and not the same: "HTTP/1 answered by an SSH banner".
  bool SidesDisagree() const;

 private:
  static constexpr uint8_t kNoRow = 0xff;
  struct SideState {
    bool done = false;
    bool spoke = false;
    uint8_t next_row = 0;  // rows before it have answered for good
    uint8_t proven = kNoRow;
    std::array<uint64_t, 2> fits{};  // a bit a row
    std::string held;
    bool Fits(size_t row) const { return (fits[row / 64] >> (row % 64) & 1) != 0; }
  };

  SideState& at(Side side) { return sides_[static_cast<size_t>(side)]; }
  const SideState& at(Side side) const { return sides_[static_cast<size_t>(side)]; }
  static void Try(Side side, absl::string_view bytes, bool last, SideState* state);
  Identity FromFits() const;

  uint16_t server_port_;
  std::array<SideState, 2> sides_;
};

// IdentifyStream is StreamIdentifier for bytes that are all there.
Identity IdentifyStream(absl::string_view client, absl::string_view server,
                        uint16_t server_port = 0);

// DatagramIdentifier takes the datagrams of a flow, of which it looks at the first few.
class DatagramIdentifier {
 public:
  DatagramIdentifier(uint16_t client_port, uint16_t server_port)
      : client_port_(client_port), server_port_(server_port) {}

  void Feed(Side side, absl::string_view datagram);
  Identity identity() const;

 private:
  static constexpr int kProving = 4;  // of a later one, chance would make too much
  static constexpr int kLookedAt = 12;
  static constexpr int kRtpRun = 3;  // packets of one source in order that prove RTP
  // The last packet of a side that could be RTP.
  struct RtpRun {
    uint32_t source = 0;
    uint16_t number = 0;
    int length = 0;
  };

  bool PortAgrees(Protocol protocol) const {
    return UsesPort(protocol, client_port_) || UsesPort(protocol, server_port_);
  }
  void Try(Side side, absl::string_view datagram);
  bool ContinuesRtp(Side side, absl::string_view datagram);

  uint16_t client_port_;
  uint16_t server_port_;
  int seen_ = 0;
  Identity proven_;
  std::array<uint64_t, 2> fits_{};  // a bit a row of the table, for each side
  std::array<RtpRun, 2> rtp_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_IDENTIFY_H_
