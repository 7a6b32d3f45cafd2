#include <zstd.h>
#include <zstd_errors.h>

#include "inspect/coding/unpacker.h"

namespace firebreak::inspect {
namespace {

// RFC 9659: a body's window is at most 8 MiB.
constexpr int kMaxWindowLog = 23;

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : stream_(ZSTD_createDStream()) {}
  ~ZstdUnpacker() override { ZSTD_freeDStream(stream_); }
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  bool ready() const {
    return stream_ != nullptr &&
           ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMaxWindowLog)) == 0;
  }

  Unpacked Step(absl::string_view* in, absl::Span<char> out, size_t* made) override {
    ZSTD_inBuffer from{in->data(), in->size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const size_t result = ZSTD_decompressStream(stream_, &to, &from);
    in->remove_prefix(from.pos);
    *made = to.pos;
    if (result == 0) return Unpacked::kEnded;
    if (ZSTD_isError(result) == 0) return Unpacked::kMore;
    return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? Unpacked::kNoMemory
                                                                     : Unpacked::kBroken;
  }
  // RFC 8878 section 3: frames follow one another.
  bool Next() override { return true; }
  size_t held_bytes() const override { return ZSTD_sizeof_DStream(stream_); }

 private:
  ZSTD_DStream* const stream_;
};

}  // namespace

std::unique_ptr<Unpacker> MakeZstdUnpacker() {
  auto unpacker = std::make_unique<ZstdUnpacker>();
  if (!unpacker->ready()) return nullptr;
  return unpacker;
}

}  // namespace firebreak::inspect
