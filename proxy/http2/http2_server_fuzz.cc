// A client that may send anything to a server codec: nothing crashes, no event comes for a stream
// that is over, and nothing stays behind. The first byte says how the input is cut and whether the
// preface is given; the rest is the input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

#include "proxy/http2/testing.h"

namespace {

using firebreak::proxy::ServerStream;
using firebreak::proxy::StreamError;
using firebreak::proxy::testing::ClientPreface;
using firebreak::proxy::testing::MakeResponse;
using firebreak::proxy::testing::ServerPeer;

void Check(bool holds) {
  if (!holds) std::abort();
}

// React does to each stream one of the things that a host may do, by its identifier.
void React(ServerStream& stream) {
  switch (stream.id() / 2 % 5) {
    case 0:
      stream.SendResponse(MakeResponse(200), false);
      stream.SendData(std::string(1'000, 'x'));
      stream.SendEnd({});
      break;
    case 1:
      stream.Pause();
      break;
    case 2:
      stream.Reset(StreamError::kCancelled);
      break;
    case 3:
      stream.SendResponse(MakeResponse(200), false);
      stream.SendData(std::string(70'000, 'y'));
      break;
    default:
      stream.SendResponse(MakeResponse(204), true);
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] % 64 + 1;
  const bool preface = data[0] < 128;
  const absl::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);

  ServerPeer server;
  server.on_request = [](ServerStream& stream, firebreak::http::Request&) { React(stream); };
  if (preface) server.Feed(ClientPreface());
  server.Feed(input, piece);
  const size_t held = server.slabs().in_use();
  Check(held <= 100 * 6 + 32);
  server.TakeOutput();
  server.codec().Drain();
  server.Turn();
  if (input.size() % 2 == 0) server.codec().ReceiveEnd();
  server.TakeOutput();
  server.codec().ReceiveFailure();
  Check(server.codec().live_streams() == 0);
  Check(!server.codec().wants_input());
  return 0;
}
