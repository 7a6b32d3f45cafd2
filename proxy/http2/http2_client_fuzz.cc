// An upstream that may send anything to a client codec with requests under way. The first byte says
// how the input is cut and whether SETTINGS are given.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

#include "proxy/http2/testing.h"

namespace {

using firebreak::proxy::ClientStream;
using firebreak::proxy::StreamError;
using firebreak::proxy::testing::ClientPeer;
using firebreak::proxy::testing::MakeRequest;

void Check(bool holds) {
  if (!holds) std::abort();
}

// Four requests: complete, with a body that never ends, paused, and one that its first data resets.
void OpenRequests(ClientPeer& client) {
  client.Get();
  client.Request(MakeRequest("POST", "/"), false)->SendData(std::string(70'000, 'b'));
  client.Get()->Pause();
  ClientStream* const fickle = client.Get();
  auto& reader = client.reader(fickle->id());
  reader.on_data = [fickle, &reader] {
    reader.deaf = true;
    fickle->Reset(StreamError::kCancelled);
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] % 64 + 1;
  const bool settings = data[0] < 128;
  const absl::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);

  ClientPeer client;
  OpenRequests(client);
  client.TakeOutput();
  if (settings) client.Feed(firebreak::proxy::testing::Settings());
  client.Feed(input, piece);
  for (const std::string& line : client.transcript().lines()) {
    Check(line.find("DEAF") == std::string::npos);
  }
  client.TakeOutput();
  client.codec().ReceiveFailure();
  Check(client.codec().live_streams() == 0);
  Check(client.codec().room() == 0);
  return 0;
}
