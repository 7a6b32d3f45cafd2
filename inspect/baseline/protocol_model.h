// ProtocolModel knows which protocols are spoken between whom.
#ifndef FIREBREAK_INSPECT_BASELINE_PROTOCOL_MODEL_H_
#define FIREBREAK_INSPECT_BASELINE_PROTOCOL_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "inspect/protocol/protocol.h"

namespace firebreak::inspect {

// Edge: who connects to whom. Principals, empty where nobody has proved anything.
struct Edge {
  std::string source;
  std::string destination;
  uint16_t port = 0;

  template <typename H>
  friend H AbslHashValue(H state, const Edge& edge) {
    return H::combine(std::move(state), edge.source, edge.destination, edge.port);
  }
  friend bool operator==(const Edge& a, const Edge& b) {
    return a.port == b.port && a.source == b.source && a.destination == b.destination;
  }
};

// SpokenSample is what was spoken on one connection. What is not known by its bytes is a protocol
// like any other, kUnknown.
struct SpokenSample {
  Edge edge;
  Protocol protocol = Protocol::kUnknown;
};

class ProtocolModel {
 public:
  // Memory: 200 to 400 bytes each. Above them the one that was seen least is given up.
  static constexpr size_t kMaxEdges = 1024;
  // With fewer connections an edge is not known well enough to judge by.
  static constexpr uint64_t kLeastSamples = 200;
  // Often enough to be usual: this many times, and this share of the connections. What came less
  // often may be somebody's attempts while it was learned.
  static constexpr uint64_t kOftenTimes = 5;
  static constexpr double kOftenShare = 0.005;

  using Counts = std::map<Protocol, uint64_t>;
  using Edges = absl::flat_hash_map<Edge, Counts>;

  void Learn(const SpokenSample& sample);
  // Judge says in what way this is unusual: "`redis` on this edge in 412 of 412 connections, now
  // `ssh`". Empty: it is usual, or too little is known of the edge.
  std::string Judge(const SpokenSample& sample) const;

  // Connections that were learned from, those of edges that were given up too.
  uint64_t samples() const { return samples_; }
  const Edges& edges() const { return edges_; }
  static uint64_t SamplesOf(const Counts& counts);
  size_t bytes() const;

 private:
  friend class ModelText;

  Edges edges_;
  uint64_t samples_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_PROTOCOL_MODEL_H_
