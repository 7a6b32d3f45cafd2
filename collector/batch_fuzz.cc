// What a sender controls: the bytes of its stream, the batches in them, the lines in those.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "collector/line_check.h"
#include "collector/wire/messages.h"
#include "proxy/grpc/framing.h"

namespace firebreak::collector {
namespace {

constexpr char kFuzzSender[] = "shop.example/ns/shop/sa/orders";

void Expect(bool holds) {
  if (!holds) std::abort();
}

void CheckText(absl::string_view text) {
  const CheckedLines checked = CheckLines(text, kFuzzSender, absl::FromUnixSeconds(1'800'000'000));
  if (!checked.status.ok()) return;
  Expect(!checked.flows.empty());
  uint64_t last = 0;
  for (const flows::Flow& flow : checked.flows) {
    Expect(flow.reporter.principal == kFuzzSender && flow.sequence > last);
    last = flow.sequence;
  }
}

}  // namespace
}  // namespace firebreak::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace firebreak::collector;  // lint: allow namespace (an entry point)
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  CheckText(bytes.substr(1));
  // The first byte says in what pieces the rest arrives.
  const size_t piece = static_cast<uint8_t>(bytes[0]) + size_t{1};
  firebreak::proxy::MessageReader reader(kMaxMessageBytes);
  for (size_t at = 1; at < bytes.size(); at += piece) {
    reader.Feed(bytes.substr(at, piece));
    while (true) {
      const auto message = reader.Next();
      if (!message.ok()) return 0;
      if (!message->has_value()) break;
      const auto batch = DecodeBatch(**message);
      if (!batch.ok()) continue;
      Expect(batch->text.size() <= kMaxTextBytes && batch->lines > 0);
      CheckText(batch->text);
    }
  }
  return 0;
}
