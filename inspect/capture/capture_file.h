// Packets out of a capture file: pcap (of either byte order, micro- or nanoseconds) and pcapng.
#ifndef FIREBREAK_INSPECT_CAPTURE_CAPTURE_FILE_H_
#define FIREBREAK_INSPECT_CAPTURE_CAPTURE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

struct CapturedPacket {
  int64_t micros = 0;  // since 1970; 0 where the file does not say
  uint32_t link = 0;   // LINKTYPE_ of the registry of tcpdump.org
  absl::string_view bytes;
};

// No packet is longer: more is a damaged file.
inline constexpr size_t kMaxCapturedPacket = 1 << 20;

// CaptureFile walks over a file that lies in memory, which has to outlive it and the packets.
class CaptureFile {
 public:
  // InvalidArgument: the bytes are neither pcap nor pcapng.
  static absl::StatusOr<CaptureFile> Open(absl::string_view bytes);

  // Next returns false at the end, and where a record makes no sense: then damaged() says so.
  // A file that stops within its last record is at its end.
  bool Next(CapturedPacket* packet);
  bool damaged() const { return damaged_; }

 private:
  struct Interface {
    uint32_t link = 0;
    uint32_t snap_length = 0;
    double micros_per_tick = 1;
  };
  // A block of pcapng without its frame.
  struct Block {
    uint32_t type = 0;
    absl::string_view body;
  };

  explicit CaptureFile(absl::string_view rest) : rest_(rest) {}
  uint32_t U32(absl::string_view bytes, size_t at) const;
  uint16_t U16(absl::string_view bytes, size_t at) const;
  bool Damaged();

  bool NextRecord(CapturedPacket* packet);
  bool NextBlock(Block* block);
  void AddInterface(absl::string_view body);
  bool PacketOf(const Block& block, CapturedPacket* packet);
  bool FillPacket(uint32_t interface, uint64_t ticks, absl::string_view bytes,
                  CapturedPacket* packet) const;

  absl::string_view rest_;
  bool blocks_ = false;  // pcapng
  bool big_endian_ = false;
  bool nanoseconds_ = false;
  bool damaged_ = false;
  uint32_t link_ = 0;
  std::vector<Interface> interfaces_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_CAPTURE_FILE_H_
