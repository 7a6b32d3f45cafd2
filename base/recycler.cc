#include "base/recycler.h"

#include <array>
#include <new>

namespace firebreak {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif
#else
constexpr bool kKeeps = true;
#endif

constexpr size_t kStep = 64;

struct Piece {
  Piece* next;
};

struct Pieces {
  Piece* first = nullptr;
  size_t count = 0;
};

struct Kept {
  // What later destructors of an ending thread give back is not kept any more.
  ~Kept() {
    for (Pieces& pieces : of_size) {
      while (pieces.first != nullptr) {
        Piece* const piece = pieces.first;
        pieces.first = piece->next;
        ::operator delete(piece);
      }
      pieces.count = kMaxRecycledFree;
    }
  }
  std::array<Pieces, kMaxRecycledBytes / kStep> of_size;
};

thread_local Kept kept;

}  // namespace

void* TakeMemory(size_t bytes) {
  if (!kKeeps || bytes == 0 || bytes > kMaxRecycledBytes) return ::operator new(bytes);
  const size_t size = (bytes - 1) / kStep;
  Pieces& pieces = kept.of_size[size];
  if (pieces.first == nullptr) return ::operator new((size + 1) * kStep);
  Piece* const piece = pieces.first;
  pieces.first = piece->next;
  --pieces.count;
  return piece;
}

void GiveMemory(void* memory, size_t bytes) noexcept {
  if (memory == nullptr) return;
  if (!kKeeps || bytes == 0 || bytes > kMaxRecycledBytes) return ::operator delete(memory);
  Pieces& pieces = kept.of_size[(bytes - 1) / kStep];
  if (pieces.count >= kMaxRecycledFree) return ::operator delete(memory);
  pieces.first = new (memory) Piece{pieces.first};
  ++pieces.count;
}

}  // namespace firebreak
