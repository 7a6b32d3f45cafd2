// The first byte says who sends and the size of the pieces, which must make no difference.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

#include "inspect/websocket/frame_reader.h"

namespace firebreak::inspect {
namespace {

class Written final : public MessageSink {
 public:
  void OnMessage(bool text) override { text_ += text ? "<t" : "<b"; }
  void OnPayload(absl::string_view bytes) override { absl::StrAppend(&text_, bytes); }
  void OnMessageEnd() override { text_ += ">"; }
  void OnControl(absl::string_view payload) override {
    if (payload.empty() || payload.size() > 125) std::abort();
    absl::StrAppend(&text_, "[", payload, "]");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string Read(absl::string_view bytes, size_t piece, FrameReader::From from) {
  Written written;
  FrameReader reader(from);
  FrameFault fault = FrameFault::kNone;
  while (!bytes.empty()) {
    fault = reader.Feed(bytes.substr(0, piece), written);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return absl::StrCat(static_cast<int>(fault), " ", written.text());
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::inspect::FrameReader;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto from = (data[0] & 1) != 0 ? FrameReader::From::kServer : FrameReader::From::kClient;
  const size_t piece = size_t{1} + (data[0] >> 1);
  if (firebreak::inspect::Read(bytes, SIZE_MAX, from) !=
      firebreak::inspect::Read(bytes, piece, from)) {
    std::abort();
  }
  return 0;
}
