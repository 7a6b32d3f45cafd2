#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "flows/http_response.h"

// Whatever a receiver answers: reading ends within bounds, and how the bytes are cut into pieces
// makes no difference.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::flows::HttpResponseReader;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  HttpResponseReader whole;
  const bool good = whole.Feed(bytes).ok();
  HttpResponseReader pieces;
  bool pieces_good = true;
  for (size_t i = 0; i < size && pieces_good; ++i)
    pieces_good = pieces.Feed(bytes.substr(i, 1)).ok();
  if (good != pieces_good || (good && whole.done() != pieces.done())) __builtin_trap();
  if (good && whole.response().body != pieces.response().body) __builtin_trap();
  if (whole.response().body.size() > HttpResponseReader::kKeptBodyBytes) __builtin_trap();
  if (good && whole.End().ok() && whole.response().status < 200) __builtin_trap();
  return 0;
}
