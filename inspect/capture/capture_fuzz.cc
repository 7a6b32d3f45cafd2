// A capture file as anybody may write it: it is refused, or its flows are named.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "inspect/capture/capture_inspector.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto capture = firebreak::inspect::CaptureFile::Open({reinterpret_cast<const char*>(data), size});
  if (!capture.ok()) return 0;
  firebreak::inspect::CaptureInspector inspector;
  firebreak::inspect::CapturedPacket packet;
  while (capture->Next(&packet)) inspector.Add(packet);
  inspector.Finish();
  uint64_t packets = 0;
  for (size_t flow = 0; flow < inspector.flows().size(); ++flow) {
    packets += inspector.flows()[flow].packets;
    for (const firebreak::inspect::Risk& risk : inspector.risks(flow)) {
      if (risk.why.empty()) std::abort();
    }
  }
  if (packets + inspector.skipped() != inspector.packets()) std::abort();
  return 0;
}
