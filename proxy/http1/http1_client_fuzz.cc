// Whatever an upstream answers, in whatever pieces: the same response and end of the connection.
// The first byte chooses the request.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

#include "http/message.h"
#include "proxy/http1/recorder.h"

namespace {

using firebreak::proxy::ClientRecorder;

firebreak::http::Request RequestOf(uint8_t choice) {
  switch (choice % 3) {
    case 0:
      return ClientRecorder::RequestFor("HEAD");
    case 1:
      return ClientRecorder::WebsocketRequest();
    default:
      return ClientRecorder::RequestFor("GET");
  }
}

std::string TranscriptOf(uint8_t choice, absl::string_view bytes, size_t piece) {
  firebreak::proxy::CodecOptions options;
  options.max_header_bytes = 1'024;  // within reach of small inputs
  options.max_header_fields = 8;
  ClientRecorder client(options);
  client.Send(RequestOf(choice));
  client.Feed(bytes, piece);
  return client.Transcript();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = TranscriptOf(*data, bytes, size);
  for (const size_t piece : {1, 2, 13}) {
    if (TranscriptOf(*data, bytes, piece) != whole) std::abort();
  }
  return 0;
}
