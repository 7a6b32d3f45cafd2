#include "inspect/capture/capture_inspector.h"

#include <optional>
#include <utility>

#include "inspect/protocol/dns_message.h"
#include "inspect/stream/protocol_risk.h"

namespace firebreak::inspect {

void CaptureInspector::Add(const CapturedPacket& packet) {
  ++packets_;
  Segment segment;
  if (!DecodeFrame(packet.link, packet.bytes, &segment)) {
    ++skipped_;
    return;
  }
  table_.Add(segment, packet.micros, [&](size_t flow, Side side, absl::string_view payload) {
    Inspect(flow, side, payload, packet.micros);
  });
}

void CaptureInspector::Inspect(size_t flow, Side side, absl::string_view payload, int64_t micros) {
  if (inspections_.size() <= flow) inspections_.resize(flow + 1);
  Inspection& inspection = inspections_[flow];
  const CapturedFlow& ends = flows()[flow];
  if (ends.transport == Transport::kUdp) {
    if (inspection.datagrams == nullptr) {
      inspection.datagrams =
          std::make_unique<DatagramIdentifier>(ends.client.port(), ends.server.port());
    }
    inspection.datagrams->Feed(side, payload);
    if (identity(flow).protocol == Protocol::kDns) InspectDns(flow, payload, micros);
    return;
  }
  if (inspection.stream == nullptr) {
    inspection.stream =
        std::make_unique<StreamInspector>(StreamOptions{.declared = std::nullopt,
                                                        .server_port = ends.server.port(),
                                                        .sides_guessed = !ends.opening_seen});
  }
  inspection.stream->Feed(side, payload, micros);
  // From the first byte on, since messages are found by counting; what the stream turns out to be
  // may be known later, when the first message is complete.
  const Protocol seen = identity(flow).protocol;
  if (seen != Protocol::kDns && seen != Protocol::kUnknown) return;
  inspection.framing[static_cast<size_t>(side)].Feed(payload, [&](absl::string_view message) {
    if (seen == Protocol::kDns) InspectDns(flow, message, micros);
  });
}

void CaptureInspector::InspectDns(size_t flow, absl::string_view message, int64_t micros) {
  const std::optional<DnsQuestion> question = ParseDnsQuestion(message);
  if (!question.has_value()) return;
  for (Risk& risk : dns_.Observe(flows()[flow].client.ip(), *question, micros)) {
    inspections_[flow].risks.push_back(std::move(risk));
  }
}

void CaptureInspector::Finish() {
  table_.Finish([&](size_t flow, Side side, absl::string_view payload) {
    Inspect(flow, side, payload, flows()[flow].last_micros);
  });
  inspections_.resize(flows().size());  // flows without payload
  for (size_t flow = 0; flow < inspections_.size(); ++flow) {
    Inspection& inspection = inspections_[flow];
    std::vector<Risk> risks;
    if (inspection.stream != nullptr) {
      inspection.stream->Finish();
      risks = inspection.stream->risks();
    } else {
      risks = RisksOf(identity(flow), std::nullopt, flows()[flow].server.port());
    }
    inspection.risks.insert(inspection.risks.end(), risks.begin(), risks.end());
  }
}

Identity CaptureInspector::identity(size_t flow) const {
  const Inspection& inspection = inspections_[flow];
  if (inspection.stream != nullptr) return inspection.stream->identity();
  return inspection.datagrams != nullptr ? inspection.datagrams->identity() : Identity();
}

}  // namespace firebreak::inspect
