// A conversation of hostile peers: the risks do not depend on how each turn was cut, and what is
// said of them can be printed.
//
// Input: a byte that says how long the pieces are, then turns of the client and the server, divided
// by 0xff 0xff.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/stream/stream_inspector.h"

namespace firebreak::inspect {
namespace {

std::vector<Risk> RisksIn(absl::string_view input, size_t piece) {
  StreamInspector inspector({.declared = Protocol::kHttp1, .server_port = 80});
  Side side = Side::kClient;
  int64_t micros = 1;
  while (!input.empty()) {
    const size_t mark = input.find("\xff\xff");
    absl::string_view turn = input.substr(0, mark);
    input.remove_prefix(mark == absl::string_view::npos ? input.size() : mark + 2);
    for (; !turn.empty(); turn.remove_prefix(std::min(piece, turn.size()))) {
      inspector.Feed(side, turn.substr(0, piece), micros);
    }
    side = Other(side);
    micros += 700'000 + static_cast<int64_t>(input.size()) * 1000;
  }
  inspector.Finish();
  return inspector.risks();
}

void TryEverything(absl::string_view input) {
  if (input.empty()) return;
  const size_t piece = 1 + static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const std::vector<Risk> whole = RisksIn(input, input.size() + 1);
  const std::vector<Risk> cut = RisksIn(input, piece);
  if (whole.size() != cut.size()) std::abort();
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].kind != cut[i].kind || whole[i].why != cut[i].why) std::abort();
  }
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firebreak::inspect::TryEverything({reinterpret_cast<const char*>(data), size});
  return 0;
}
