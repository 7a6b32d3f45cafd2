// Who talks to whom, counted over flow lines in bounded memory.
#ifndef FIREBREAK_FLOWS_EDGE_TALLY_H_
#define FIREBREAK_FLOWS_EDGE_TALLY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "base/saturate.h"
#include "flows/flow.h"

namespace firebreak::flows {

// Durations counts durations in buckets that are a quarter of their value wide at most, so that a
// quantile is no further off than that.
class Durations {
 public:
  void Add(uint64_t micros, uint64_t weight);
  void Merge(const Durations& other);

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  // Quantile returns the upper end of the bucket that q, 0 to 1, falls in, and no more than the
  // maximum; 0 where nothing was counted.
  uint64_t Quantile(double q) const;

 private:
  static constexpr size_t kBuckets = 4 + 4 * 42;  // up to 2^44 us, half a year; beyond: the last

  std::array<uint32_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

// EdgeCounts is what is known of one edge. Lines that were sampled count by their weight.
struct EdgeCounts {
  uint64_t connections = 0;  // that ended
  uint64_t requests = 0;
  uint64_t carriers = 0;  // of the connections, those that were let through to carry requests
  uint64_t denied = 0;    // connections and requests that policy, identity or inspection refused
  uint64_t errors = 0;  // allowed, and failed: an ERROR verdict, a 5xx, a gRPC status of that kind
  uint64_t bytes_sent = 0;  // of bodies where there are requests, else of connections
  uint64_t bytes_received = 0;
  Durations durations;  // of requests where there are any, else of connections
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();

  uint64_t flows() const { return SaturatingAdd(connections, requests); }
  uint64_t bytes() const { return SaturatingAdd(bytes_sent, bytes_received); }
  // Asked is how many were decided by themselves: requests, and connections but for their carriers.
  uint64_t asked() const;

  void Count(const Flow& flow);
  void Merge(const EdgeCounts& other);
};

// EdgeKey names an edge: PartyName of both ends, and a route where routes are told apart. Whoever
// shows it to people shortens the names then, with ShortName.
struct EdgeKey {
  std::string source;
  std::string destination;
  std::string route;  // "GET /v1/charges/{id}"

  friend bool operator==(const EdgeKey& a, const EdgeKey& b) {
    return a.source == b.source && a.destination == b.destination && a.route == b.route;
  }
  friend bool operator<(const EdgeKey& a, const EdgeKey& b) {
    return std::tie(a.source, a.destination, a.route) < std::tie(b.source, b.destination, b.route);
  }
  template <typename H>
  friend H AbslHashValue(H h, const EdgeKey& key) {
    return H::combine(std::move(h), key.source, key.destination, key.route);
  }
};

struct EdgeRow {
  EdgeKey key;
  EdgeCounts counts;
};

// EdgeTally counts edges. What both sidecars of an edge report counts once: of each number the
// larger of the two reports holds, and of refusals the sum, since what the source's sidecar refuses
// never reaches the other. No sum turns over, whatever the lines say.
//
// Bounded by max_edges: when there are more, the half with the fewest flows is folded into one row,
// kOthers, so that sums stay right and the large edges stay apart. An edge that was folded and
// comes again starts anew.
class EdgeTally {
 public:
  explicit EdgeTally(bool by_route, size_t max_edges = 50'000)
      : by_route_(by_route), max_edges_(max_edges) {}

  // See counts CLOSE and REQUEST lines, and the losses that LOST lines tell of.
  void See(const Flow& flow);

  static constexpr char kOthers[] = "(others)";  // both ends of the row of folded edges

  // Rows are in the order of their names; what was folded comes last.
  std::vector<EdgeRow> Rows() const;
  uint64_t folded() const { return folded_; }  // edges, each as often as it was
  uint64_t lost() const { return lost_; }      // records, by what the logs themselves say
  // Home is the trust domain of all sidecars that were seen; empty where they have several.
  const std::string& home() const { return home_; }

 private:
  struct Sides {
    EdgeCounts inbound;
    EdgeCounts outbound;

    EdgeCounts Combined() const;
  };
  EdgeKey KeyOf(const Flow& flow) const;
  void NoteHome(const Flow& flow);
  void Fold();

  const bool by_route_;
  const size_t max_edges_;
  absl::flat_hash_map<EdgeKey, Sides> edges_;
  EdgeCounts others_;
  uint64_t folded_ = 0;
  uint64_t lost_ = 0;
  std::string home_;
  bool several_homes_ = false;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_EDGE_TALLY_H_
