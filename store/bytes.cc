#include "store/bytes.h"

#include <zstd.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace firebreak::store {
namespace {

constexpr int kLevel = 3;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

absl::StatusOr<std::string> Compress(absl::string_view bytes) {
  thread_local std::unique_ptr<ZSTD_CCtx, Free> context;
  if (context == nullptr) context.reset(ZSTD_createCCtx());
  if (context == nullptr) return absl::ResourceExhaustedError("no memory to compress with");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string frame(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) return absl::ResourceExhaustedError(ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

absl::StatusOr<std::string> Decompress(absl::string_view frame, size_t max_size) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return absl::DataLossError("not a zstd frame of known size");
  }
  if (size > max_size) return absl::DataLossError(absl::StrCat("more than ", max_size, " bytes"));
  std::string bytes(static_cast<size_t>(size), '\0');
  const size_t got = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0) return absl::DataLossError(ZSTD_getErrorName(got));
  if (got != bytes.size()) return absl::DataLossError("the frame's size is wrong");
  return bytes;
}

}  // namespace firebreak::store
