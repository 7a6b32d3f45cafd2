// What inspection says of captured traffic, flow by flow.
#ifndef FIREBREAK_INSPECT_CAPTURE_CAPTURE_INSPECTOR_H_
#define FIREBREAK_INSPECT_CAPTURE_CAPTURE_INSPECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/capture/capture_file.h"
#include "inspect/capture/flow_table.h"
#include "inspect/protocol/identify.h"
#include "inspect/stream/dns_framing.h"
#include "inspect/stream/dns_watch.h"
#include "inspect/stream/risk.h"
#include "inspect/stream/stream_inspector.h"

namespace firebreak::inspect {

// CaptureInspector takes the packets of a capture and has a verdict for each flow after Finish.
class CaptureInspector {
 public:
  void Add(const CapturedPacket& packet);
  void Finish();

  const std::vector<CapturedFlow>& flows() const { return table_.flows(); }
  Identity identity(size_t flow) const;
  const std::vector<Risk>& risks(size_t flow) const { return inspections_[flow].risks; }

  uint64_t packets() const { return packets_; }
  // Packets that are neither TCP nor UDP, or are damaged.
  uint64_t skipped() const { return skipped_; }

 private:
  struct Inspection {
    std::unique_ptr<StreamInspector> stream;        // TCP
    std::unique_ptr<DatagramIdentifier> datagrams;  // UDP
    std::array<DnsFraming, 2> framing;
    std::vector<Risk> risks;
  };

  void Inspect(size_t flow, Side side, absl::string_view payload, int64_t micros);
  void InspectDns(size_t flow, absl::string_view message, int64_t micros);

  FlowTable table_;
  std::vector<Inspection> inspections_;  // as table_.flows()
  DnsWatch dns_;
  uint64_t packets_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_CAPTURE_INSPECTOR_H_
