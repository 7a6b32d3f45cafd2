// The first byte is the size of the pieces: they must make no difference.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

#include "inspect/disclosure/disclosure_scanner.h"

namespace firebreak::inspect {
namespace {

std::string Scan(absl::string_view bytes, size_t piece) {
  std::string found;
  const auto note = [&found](Disclosure disclosure, absl::string_view excerpt) {
    absl::StrAppend(&found, static_cast<int>(disclosure), " ", excerpt, "\n");
  };
  DisclosureScanner scanner;
  while (!bytes.empty()) {
    scanner.Feed(bytes.substr(0, piece), note);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  scanner.Finish(note);
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
