#include <brotli/decode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "inspect/coding/unpacker.h"

namespace firebreak::inspect {
namespace {

// The largest window of RFC 7932 (16 MiB) and the tables beside it. The library takes it when a
// block says that it is that long, before it has come: so it is counted as it is taken.
constexpr size_t kMaxMemory = size_t{18} << 20;

// Before each piece of memory stands its size.
constexpr size_t kHeader = alignof(std::max_align_t);

struct Memory {
  size_t held = 0;
};

void* Allocate(void* opaque, size_t size) {
  auto& memory = *static_cast<Memory*>(opaque);
  if (size > kMaxMemory - memory.held) return nullptr;
  auto* const block = static_cast<char*>(std::malloc(kHeader + size));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<size_t*>(block) = size;
  memory.held += size;
  return block + kHeader;
}

void Free(void* opaque, void* address) {
  if (address == nullptr) return;
  char* const block = static_cast<char*>(address) - kHeader;
  static_cast<Memory*>(opaque)->held -= *reinterpret_cast<size_t*>(block);
  std::free(block);
}

bool IsAllocationError(BrotliDecoderErrorCode code) {
  return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
         code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

class BrotliUnpacker final : public Unpacker {
 public:
  BrotliUnpacker() : state_(BrotliDecoderCreateInstance(Allocate, Free, &memory_)) {}
  ~BrotliUnpacker() override {
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  }
  BrotliUnpacker(const BrotliUnpacker&) = delete;
  BrotliUnpacker& operator=(const BrotliUnpacker&) = delete;

  bool ready() const { return state_ != nullptr; }

  Unpacked Step(absl::string_view* in, absl::Span<char> out, size_t* made) override {
    size_t left = in->size();
    const auto* next = reinterpret_cast<const uint8_t*>(in->data());
    size_t room = out.size();
    auto* to = reinterpret_cast<uint8_t*>(out.data());
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state_, &left, &next, &room, &to, nullptr);
    in->remove_prefix(in->size() - left);
    *made = out.size() - room;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) return Unpacked::kEnded;
    if (result != BROTLI_DECODER_RESULT_ERROR) return Unpacked::kMore;
    return IsAllocationError(BrotliDecoderGetErrorCode(state_)) ? Unpacked::kNoMemory
                                                                : Unpacked::kBroken;
  }
  bool Next() override { return false; }
  size_t held_bytes() const override { return memory_.held; }

 private:
  Memory memory_;
  BrotliDecoderState* const state_;
};

}  // namespace

std::unique_ptr<Unpacker> MakeBrotliUnpacker() {
  auto unpacker = std::make_unique<BrotliUnpacker>();
  if (!unpacker->ready()) return nullptr;
  return unpacker;
}

}  // namespace firebreak::inspect
