// The flows of a capture: who talked to whom, and what they said, in order.
#ifndef FIREBREAK_INSPECT_CAPTURE_FLOW_TABLE_H_
#define FIREBREAK_INSPECT_CAPTURE_FLOW_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "inspect/capture/packet.h"
#include "inspect/capture/tcp_assembly.h"
#include "inspect/protocol/identify.h"

namespace firebreak::inspect {

struct CapturedFlow {
  Transport transport = Transport::kTcp;
  SocketAddress client;
  SocketAddress server;
  // The SYN was seen: client and server are known, not guessed.
  bool opening_seen = false;
  int64_t last_micros = 0;
  uint64_t packets = 0;
  std::array<uint64_t, 2> bytes{};  // of payload, by Side
};

// FlowTable puts segments together into flows. Flows are numbered as they appear, and stay until
// the end; there are at most kMaxFlows, and segments of further ones are counted and dropped.
class FlowTable {
 public:
  static constexpr size_t kMaxFlows = 1'000'000;

  // Called with the number of the flow, once for each piece of a stream and each datagram.
  using Sink = absl::FunctionRef<void(size_t flow, Side side, absl::string_view payload)>;

  void Add(const Segment& segment, int64_t micros, Sink sink);
  // Finish hands on what waits behind gaps.
  void Finish(Sink sink);

  const std::vector<CapturedFlow>& flows() const { return flows_; }
  uint64_t dropped() const { return dropped_; }

 private:
  struct Key {
    SocketAddress low;
    SocketAddress high;
    Transport transport;
    friend bool operator==(const Key& a, const Key& b) {
      return a.low == b.low && a.high == b.high && a.transport == b.transport;
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.low, key.high, key.transport);
    }
  };

  // What is known of a flow besides what is shown.
  struct Assembly {
    std::array<TcpAssembly, 2> sides;
    bool closed = false;
  };

  static Key KeyOf(const Segment& segment);
  size_t Open(const Segment& segment);

  absl::flat_hash_map<Key, size_t> by_ends_;
  std::vector<CapturedFlow> flows_;
  std::vector<Assembly> assemblies_;
  uint64_t dropped_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_FLOW_TABLE_H_
