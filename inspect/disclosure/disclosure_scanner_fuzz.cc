// The first byte is the size of the pieces: they must make no difference to which kinds are found.
#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "inspect/disclosure/disclosure_scanner.h"

namespace firebreak::inspect {
namespace {

std::bitset<kDisclosures> Scan(absl::string_view bytes, size_t piece) {
  std::bitset<kDisclosures> found;
  const auto note = [&found](Disclosure disclosure, absl::string_view /*excerpt*/) {
    const auto kind = static_cast<size_t>(disclosure);
    if (found[kind]) std::abort();
    found.set(kind);
  };
  DisclosureScanner scanner;
  while (!bytes.empty()) {
    scanner.Feed(bytes.substr(0, piece), note);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return found;
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = size_t{data[0]} + 1;
  if (firebreak::inspect::Scan(bytes, SIZE_MAX) != firebreak::inspect::Scan(bytes, piece)) {
    std::abort();
  }
  return 0;
}
