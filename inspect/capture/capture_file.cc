#include "inspect/capture/capture_file.h"

#include <algorithm>
#include <cmath>

namespace firebreak::inspect {
namespace {

constexpr size_t kFileHead = 24;
constexpr size_t kRecordHead = 16;
constexpr uint32_t kMagicMicros = 0xa1b2c3d4;
constexpr uint32_t kMagicNanos = 0xa1b23c4d;

constexpr uint32_t kSectionBlock = 0x0a0d0d0a;
constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kOldPacketBlock = 2;
constexpr uint32_t kSimplePacketBlock = 3;
constexpr uint32_t kPacketBlock = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kTimeResolutionOption = 9;
constexpr size_t kMaxInterfaces = 4096;
constexpr size_t kMaxBlock = 16 << 20;

uint8_t U8(absl::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint32_t ReadU32(absl::string_view bytes, size_t at, bool big_endian) {
  if (at + 4 > bytes.size()) return 0;
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | U8(bytes, at + (big_endian ? i : 3 - i));
  return value;
}

}  // namespace

uint32_t CaptureFile::U32(absl::string_view bytes, size_t at) const {
  return ReadU32(bytes, at, big_endian_);
}

uint16_t CaptureFile::U16(absl::string_view bytes, size_t at) const {
  if (at + 2 > bytes.size()) return 0;
  const uint8_t first = U8(bytes, at);
  const uint8_t second = U8(bytes, at + 1);
  return static_cast<uint16_t>(big_endian_ ? first << 8 | second : second << 8 | first);
}

bool CaptureFile::Damaged() {
  damaged_ = true;
  rest_ = {};
  return false;
}

absl::StatusOr<CaptureFile> CaptureFile::Open(absl::string_view bytes) {
  CaptureFile file(bytes);
  if (bytes.size() >= 12 && ReadU32(bytes, 0, true) == kSectionBlock) {
    file.blocks_ = true;
    return file;
  }
  for (const bool big_endian : {true, false}) {
    const uint32_t magic = ReadU32(bytes, 0, big_endian);
    if (bytes.size() < kFileHead || (magic != kMagicMicros && magic != kMagicNanos)) continue;
    file.big_endian_ = big_endian;
    file.nanoseconds_ = magic == kMagicNanos;
    file.link_ = file.U32(bytes, 20) & 0x0fffffff;  // above: whether frames end with their checksum
    file.rest_.remove_prefix(kFileHead);
    return file;
  }
  return absl::InvalidArgumentError("is no capture: neither pcap nor pcapng");
}

bool CaptureFile::Next(CapturedPacket* packet) {
  if (!blocks_) return NextRecord(packet);
  Block block;
  while (NextBlock(&block)) {
    if (block.type == kInterfaceBlock) {
      AddInterface(block.body);
    } else if (PacketOf(block, packet)) {
      return true;
    }
  }
  return false;
}

bool CaptureFile::NextRecord(CapturedPacket* packet) {
  if (rest_.size() < kRecordHead) return false;
  const size_t length = U32(rest_, 8);
  if (length > kMaxCapturedPacket) return Damaged();
  if (length > rest_.size() - kRecordHead) return false;
  const int64_t part = U32(rest_, 4);
  packet->micros = int64_t{U32(rest_, 0)} * 1'000'000 + (nanoseconds_ ? part / 1000 : part);
  packet->link = link_;
  packet->bytes = rest_.substr(kRecordHead, length);
  rest_.remove_prefix(kRecordHead + length);
  return true;
}

// A section may have a byte order of its own; its head says it after its length.
bool CaptureFile::NextBlock(Block* block) {
  if (rest_.size() < 12) return false;
  if (ReadU32(rest_, 0, true) == kSectionBlock) {
    const bool big = ReadU32(rest_, 8, true) == kByteOrderMagic;
    if (!big && ReadU32(rest_, 8, false) != kByteOrderMagic) return Damaged();
    big_endian_ = big;
    interfaces_.clear();
  }
  const size_t length = U32(rest_, 4);
  if (length < 12 || length % 4 != 0 || length > kMaxBlock) return Damaged();
  if (length > rest_.size()) return false;
  block->type = U32(rest_, 0);
  block->body = rest_.substr(8, length - 12);
  rest_.remove_prefix(length);
  return true;
}

void CaptureFile::AddInterface(absl::string_view body) {
  if (interfaces_.size() >= kMaxInterfaces) return;
  Interface interface;
  interface.link = U16(body, 0);
  interface.snap_length = U32(body, 4);
  for (size_t at = 8; at + 4 <= body.size();) {
    const uint16_t code = U16(body, at);
    const size_t length = U16(body, at + 2);
    if (code == 0 || at + 4 + length > body.size()) break;
    if (code == kTimeResolutionOption && length >= 1) {
      const unsigned resolution = U8(body, at + 4);
      const double base = (resolution & 0x80) != 0 ? 2 : 10;
      interface.micros_per_tick = 1e6 / std::pow(base, resolution & 0x7f);
    }
    at += 4 + (length + 3) / 4 * 4;
  }
  interfaces_.push_back(interface);
}

bool CaptureFile::FillPacket(uint32_t interface, uint64_t ticks, absl::string_view bytes,
                             CapturedPacket* packet) const {
  if (interface >= interfaces_.size()) return false;
  constexpr double kMostMicros = 9e18;  // of an int64_t
  const double micros = static_cast<double>(ticks) * interfaces_[interface].micros_per_tick;
  packet->micros = micros < kMostMicros ? static_cast<int64_t>(micros) : 0;
  packet->link = interfaces_[interface].link;
  packet->bytes = bytes;
  return true;
}

bool CaptureFile::PacketOf(const Block& block, CapturedPacket* packet) {
  const absl::string_view body = block.body;
  if (block.type == kSimplePacketBlock && body.size() >= 4 && !interfaces_.empty()) {
    const uint32_t snap = interfaces_[0].snap_length;
    const size_t length = std::min<size_t>(U32(body, 0), snap == 0 ? body.size() : snap);
    return FillPacket(0, 0, body.substr(4, length), packet);
  }
  const bool old = block.type == kOldPacketBlock;
  if ((!old && block.type != kPacketBlock) || body.size() < 20) return false;
  const uint32_t interface = old ? U16(body, 0) : U32(body, 0);
  const uint64_t ticks = uint64_t{U32(body, 4)} << 32 | U32(body, 8);
  const size_t length = U32(body, 12);
  if (length > body.size() - 20) return Damaged();
  return FillPacket(interface, ticks, body.substr(20, length), packet);
}

}  // namespace firebreak::inspect
