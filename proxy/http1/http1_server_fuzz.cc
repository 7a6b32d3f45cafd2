// Whatever a client sends, in whatever pieces: the same requests, answers and end of the
// connection.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

#include "proxy/http1/recorder.h"

namespace {

std::string TranscriptOf(absl::string_view bytes, size_t piece) {
  firebreak::proxy::CodecOptions options;
  options.max_header_bytes = 1'024;  // within reach of small inputs
  options.max_header_fields = 8;
  firebreak::proxy::ServerRecorder server(options);
  server.Feed(bytes, piece);
  return server.Transcript();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = TranscriptOf(bytes, size);
  for (const size_t piece : {1, 2, 13}) {
    if (TranscriptOf(bytes, piece) != whole) std::abort();
  }
  return 0;
}
