// A stream as anybody may write it: what is found does not depend on how it was cut, and no report
// holds more than four characters of it.
//
// Input: a byte that says how long the pieces are, then the stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "inspect/secrets/secret_scanner.h"

namespace firebreak::inspect {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void TryStream(absl::string_view input) {
  if (input.empty()) return;
  const size_t piece = 1 + static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  SecretScanner whole;
  whole.Feed(input);
  whole.Finish();
  SecretScanner cut;
  for (absl::string_view rest = input; !rest.empty();
       rest.remove_prefix(std::min(piece, rest.size()))) {
    cut.Feed(rest.substr(0, piece));
  }
  cut.Finish();
  Require(cut.total() == whole.total() && cut.matches().size() == whole.matches().size());
  for (size_t i = 0; i < whole.matches().size(); ++i) {
    Require(cut.matches()[i].offset == whole.matches()[i].offset);
    Require(cut.matches()[i].last_four == whole.matches()[i].last_four);
    Require(whole.matches()[i].last_four.size() <= 4 && whole.matches()[i].offset < input.size());
  }
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firebreak::inspect::TryStream({reinterpret_cast<const char*>(data), size});
  return 0;
}
