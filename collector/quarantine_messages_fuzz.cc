// What either side of the quarantine channel controls: the bytes of its direction of the stream.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "collector/wire/messages.h"
#include "proxy/grpc/framing.h"

namespace firebreak::collector {
namespace {

void Expect(bool holds) {
  if (!holds) std::abort();
}

void CheckHeld(absl::string_view message) {
  const auto serial = DecodeHeld(message);
  if (!serial.ok()) return;
  const auto again = DecodeHeld(EncodeHeld(*serial));
  Expect(again.ok() && *again == *serial);
}

void CheckList(absl::string_view message) {
  const auto text = DecodeList(message);
  if (!text.ok()) return;
  const auto again = DecodeList(EncodeList(*text));
  Expect(again.ok() && *again == *text);
}

}  // namespace
}  // namespace firebreak::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace firebreak::collector;  // lint: allow namespace (an entry point)
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  // The first byte says in what pieces the rest arrives.
  const size_t piece = static_cast<uint8_t>(bytes[0]) + size_t{1};
  firebreak::proxy::MessageReader reader(kMaxListMessageBytes);
  for (size_t at = 1; at < bytes.size(); at += piece) {
    reader.Feed(bytes.substr(at, piece));
    while (true) {
      const auto message = reader.Next();
      if (!message.ok()) return 0;
      if (!message->has_value()) break;
      CheckHeld(**message);
      CheckList(**message);
    }
  }
  return 0;
}
