// The first byte chooses the coding and the size of the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

#include "inspect/coding/content_decoder.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kMostText = 4'194'304;

std::string Decode(Coding coding, absl::string_view bytes, size_t piece) {
  std::string text;
  ContentDecoder decoder(coding);
  while (!bytes.empty() && text.size() < kMostText) {
    absl::string_view some = bytes.substr(0, piece);
    TurnBudget budget;
    while (!some.empty() || decoder.more()) {
      if (decoder.Feed(&some, budget, [&](absl::string_view made) {
            absl::StrAppend(&text, made);
          }) != DecodeFault::kNone) {
        break;
      }
      budget.Refill();
    }
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return absl::StrCat(static_cast<int>(decoder.End()), " ", text);
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::inspect::Coding;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr Coding kCodings[] = {Coding::kDeflate, Coding::kGzip, Coding::kBrotli, Coding::kZstd};
  const Coding coding = kCodings[data[0] & 3];
  const std::string whole = firebreak::inspect::Decode(coding, bytes, SIZE_MAX);
  const std::string cut = firebreak::inspect::Decode(coding, bytes, 1 + (data[0] >> 2));
  if (whole != cut && whole.size() < firebreak::inspect::kMostText) std::abort();
  return 0;
}
