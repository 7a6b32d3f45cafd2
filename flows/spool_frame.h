// How batches lie in the segments of a spool.
#ifndef FIREBREAK_FLOWS_SPOOL_FRAME_H_
#define FIREBREAK_FLOWS_SPOOL_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak::flows {

// A segment is a row of frames, and nothing else. A frame is a header of kFrameHeaderBytes and a
// zstd frame of lines; each has a CRC-32 of its own, so that what a damaged frame held can be said
// as long as its header is whole. Integers are little endian:
//
//    0  "FBSF"                     32  time, microseconds since 1970
//    4  CRC-32 of bytes 8 to 55    40  lines
//    8  run_id                     44  bytes of the lines
//   16  sequence of the first line 48  bytes of the payload
//   24  sequence of the last line  52  CRC-32 of the payload
inline constexpr size_t kFrameHeaderBytes = 56;
// Bounds what a damaged or forged header can make a reader allocate.
inline constexpr uint32_t kMaxFrameTextBytes = uint32_t{16} << 20;

struct FrameHeader {
  uint64_t run = 0;
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  absl::Time time = {};  // when the batch was made
  uint32_t lines = 0;
  uint32_t text_bytes = 0;
  uint32_t payload_bytes = 0;
  uint32_t payload_crc = 0;
};

// EncodeFrame returns a whole frame. text has at most kMaxFrameTextBytes; the last three fields of
// the header are filled in.
std::string EncodeFrame(const FrameHeader& header, absl::string_view text);

// DecodeHeader reads the header that bytes begin with; nothing when it is not whole.
std::optional<FrameHeader> DecodeHeader(absl::string_view bytes);

// Frame is one that was read back whole.
struct Frame {
  FrameHeader header;
  std::string text;
};

// FrameDamage is what could not be read.
struct FrameDamage {
  uint64_t places = 0;  // stretches of bytes that are no whole frame
  uint64_t lines = 0;   // that are known to have been there
};

// FrameReader reads frames one after the other. Where one is damaged, it goes on at the next header
// that is whole. What is left over at the end, less than a frame, is damage too.
class FrameReader {
 public:
  // bytes must outlive the reader.
  explicit FrameReader(absl::string_view bytes) : bytes_(bytes) {}

  // Next returns nothing at the end.
  std::optional<Frame> Next();

  // offset is behind the last frame, and behind what was passed over before it.
  size_t offset() const { return offset_; }
  const FrameDamage& damage() const { return damage_; }

 private:
  void PassOver();
  void NoteGap(const FrameHeader& header);

  const absl::string_view bytes_;
  size_t offset_ = 0;
  FrameDamage damage_;
  bool gap_open_ = false;                // damage whose size the next header may tell
  std::optional<FrameHeader> previous_;  // the last whole header
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SPOOL_FRAME_H_
