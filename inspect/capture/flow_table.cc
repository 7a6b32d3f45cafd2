#include "inspect/capture/flow_table.h"

#include <algorithm>
#include <utility>

#include "inspect/protocol/protocol.h"

namespace firebreak::inspect {
namespace {

bool IsServicePort(uint16_t port) {
  if (port < 1024) return true;
  const auto all = AllProtocols();
  return std::any_of(all.begin(), all.end(),
                     [port](const ProtocolInfo& info) { return UsesPort(info.protocol, port); });
}

// Who opened a connection whose beginning was not seen: whoever speaks first, unless its port is
// one that services use and the other's is not.
bool SourceIsClient(const Segment& segment) {
  const bool source_serves = IsServicePort(segment.source.port());
  const bool destination_serves = IsServicePort(segment.destination.port());
  return !source_serves || destination_serves;
}

}  // namespace

FlowTable::Key FlowTable::KeyOf(const Segment& segment) {
  const auto order = [](const SocketAddress& a, const SocketAddress& b) {
    return a.ip() == b.ip() ? a.port() < b.port() : a.ip() < b.ip();
  };
  const bool in_order = order(segment.source, segment.destination);
  return {in_order ? segment.source : segment.destination,
          in_order ? segment.destination : segment.source, segment.transport};
}

size_t FlowTable::Open(const Segment& segment) {
  CapturedFlow flow;
  flow.transport = segment.transport;
  const bool tcp = segment.transport == Transport::kTcp;
  const bool syn = tcp && (segment.flags & kTcpSyn) != 0;
  const bool ack = (segment.flags & kTcpAck) != 0;
  flow.opening_seen = syn;
  const bool from_client = syn ? !ack : SourceIsClient(segment);
  flow.client = from_client ? segment.source : segment.destination;
  flow.server = from_client ? segment.destination : segment.source;
  flows_.push_back(flow);
  assemblies_.emplace_back();
  return flows_.size() - 1;
}

void FlowTable::Add(const Segment& segment, int64_t micros, Sink sink) {
  const auto [at, added] = by_ends_.try_emplace(KeyOf(segment), flows_.size());
  const bool opens = segment.transport == Transport::kTcp && (segment.flags & kTcpSyn) != 0 &&
                     (segment.flags & kTcpAck) == 0;
  // The same ends again, after the connection before was closed.
  const bool again = !added && opens && assemblies_[at->second].closed;
  if ((added || again) && flows_.size() >= kMaxFlows) {
    if (added) by_ends_.erase(at);
    ++dropped_;
    return;
  }
  if (added || again) at->second = Open(segment);
  const size_t number = at->second;
  CapturedFlow& flow = flows_[number];
  const Side side = segment.source == flow.client ? Side::kClient : Side::kServer;
  flow.last_micros = std::max(flow.last_micros, micros);
  ++flow.packets;
  flow.bytes[static_cast<size_t>(side)] += segment.payload.size();
  if (segment.transport == Transport::kUdp) {
    sink(number, side, segment.payload);
    return;
  }
  Assembly& assembly = assemblies_[number];
  if ((segment.flags & (kTcpFin | kTcpRst)) != 0) assembly.closed = true;
  assembly.sides[static_cast<size_t>(side)].Add(
      segment.sequence, (segment.flags & kTcpSyn) != 0, segment.payload,
      [&](absl::string_view payload) { sink(number, side, payload); });
}

void FlowTable::Finish(Sink sink) {
  for (size_t number = 0; number < assemblies_.size(); ++number) {
    for (const Side side : {Side::kClient, Side::kServer}) {
      assemblies_[number].sides[static_cast<size_t>(side)].Finish(
          [&](absl::string_view payload) { sink(number, side, payload); });
    }
  }
}

}  // namespace firebreak::inspect
