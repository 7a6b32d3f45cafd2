#include "proxy/http2/library_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/recycler.h"

namespace firebreak::proxy {
namespace {

// A piece lies behind its size, which free is not told.
constexpr size_t kHeaderBytes = alignof(std::max_align_t);
static_assert(kHeaderBytes >= sizeof(size_t));

size_t SizeOf(const void* piece) {
  size_t size = 0;
  std::memcpy(&size, static_cast<const char*>(piece) - kHeaderBytes, sizeof(size));
  return size;
}

void* Take(size_t size, void* /*user_data*/) {
  if (size > std::numeric_limits<size_t>::max() - kHeaderBytes) return nullptr;
  char* const memory = static_cast<char*>(TakeMemory(kHeaderBytes + size));
  std::memcpy(memory, &size, sizeof(size));
  return memory + kHeaderBytes;
}

void Give(void* piece, void* /*user_data*/) {
  if (piece == nullptr) return;
  GiveMemory(static_cast<char*>(piece) - kHeaderBytes, kHeaderBytes + SizeOf(piece));
}

void* TakeZeroed(size_t count, size_t size, void* user_data) {
  if (size != 0 && count > std::numeric_limits<size_t>::max() / size) return nullptr;
  void* const piece = Take(count * size, user_data);
  if (piece != nullptr) std::memset(piece, 0, count * size);
  return piece;
}

void* Resize(void* piece, size_t size, void* user_data) {
  void* const resized = Take(size, user_data);
  if (piece == nullptr || resized == nullptr) return resized;
  std::memcpy(resized, piece, std::min(size, SizeOf(piece)));
  Give(piece, user_data);
  return resized;
}

}  // namespace

nghttp2_mem* LibraryMemory() {
  static nghttp2_mem memory = {
      .mem_user_data = nullptr,
      .malloc = Take,
      .free = Give,
      .calloc = TakeZeroed,
      .realloc = Resize,
  };
  return &memory;
}

}  // namespace firebreak::proxy
