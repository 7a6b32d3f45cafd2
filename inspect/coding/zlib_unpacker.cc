#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "inspect/coding/unpacker.h"

namespace firebreak::inspect {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;
constexpr int kZlibWindow = MAX_WBITS;
constexpr int kRawWindow = -MAX_WBITS;
constexpr size_t kMaxPiece = size_t{1} << 30;  // zlib counts in 32 bits
constexpr size_t kHeldBytes = 45'056;          // zlib.h, "Memory requirements" of inflate

// The first byte of a zlib stream: method 8, a window of at most 32 KiB (RFC 1950 section 2.2).
bool BeginsAsZlib(char first) {
  const auto byte = static_cast<uint8_t>(first);
  return (byte & 0x0f) == 8 && byte >> 4 <= 7;
}

class ZlibUnpacker final : public Unpacker {
 public:
  explicit ZlibUnpacker(int window)
      : window_(window), ready_(inflateInit2(&zlib_, window) == Z_OK && WatchHeader()) {}
  ~ZlibUnpacker() override { inflateEnd(&zlib_); }
  ZlibUnpacker(const ZlibUnpacker&) = delete;
  ZlibUnpacker& operator=(const ZlibUnpacker&) = delete;

  bool ready() const { return ready_; }

  Unpacked Step(absl::string_view* in, absl::Span<char> out, size_t* made) override {
    const absl::string_view taken = in->substr(0, kMaxPiece);
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(taken.data()));
    zlib_.avail_in = static_cast<uInt>(taken.size());
    zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib_.avail_out = static_cast<uInt>(std::min(out.size(), kMaxPiece));
    const int result = inflate(&zlib_, Z_NO_FLUSH);
    in->remove_prefix(taken.size() - zlib_.avail_in);
    *made = out.size() - zlib_.avail_out;
    if (HeaderHoldsText()) return Unpacked::kBroken;
    if (result == Z_STREAM_END) return Unpacked::kEnded;
    if (result == Z_MEM_ERROR) return Unpacked::kNoMemory;
    // Z_BUF_ERROR: nothing more can be made of what is there.
    return result == Z_OK || result == Z_BUF_ERROR ? Unpacked::kMore : Unpacked::kBroken;
  }
  bool Next() override {
    return window_ == kGzipWindow && inflateReset(&zlib_) == Z_OK && WatchHeader();
  }
  size_t held_bytes() const override { return kHeldBytes; }

 private:
  // The header of each member of gzip may have a name, a comment and extra bytes: text for a server
  // that does not know the coding. zlib tells which are there by which of these it sets to null.
  bool WatchHeader() {
    if (window_ != kGzipWindow) return true;
    header_.name = &room_;
    header_.comment = &room_;
    header_.extra = &room_;
    header_.name_max = header_.comm_max = header_.extra_max = sizeof(room_);
    return inflateGetHeader(&zlib_, &header_) == Z_OK;
  }
  bool HeaderHoldsText() const {
    return header_.done == 1 &&
           (header_.name != nullptr || header_.comment != nullptr || header_.extra != nullptr);
  }

  gz_header header_{};
  Bytef room_ = 0;
  z_stream zlib_{};
  const int window_;
  const bool ready_;
};

std::unique_ptr<Unpacker> Make(int window) {
  auto unpacker = std::make_unique<ZlibUnpacker>(window);
  if (!unpacker->ready()) return nullptr;
  return unpacker;
}

}  // namespace

std::unique_ptr<Unpacker> MakeGzipUnpacker() { return Make(kGzipWindow); }

std::unique_ptr<Unpacker> MakeDeflateUnpacker(char first) {
  return Make(BeginsAsZlib(first) ? kZlibWindow : kRawWindow);
}

}  // namespace firebreak::inspect
