// What the catalog keeps of a segment besides its rows: counted while rows are added, saved with
// it.
#ifndef FIREBREAK_STORE_ROLLUP_H_
#define FIREBREAK_STORE_ROLLUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "flows/flow.h"
#include "store/edge_reports.h"
#include "store/sqlite.h"

namespace firebreak::store {

// Rollup gathers parties, edges by the minute, losses and times of the rows of one segment.
class Rollup {
 public:
  void Add(const flows::Flow& flow);                               // a line of a flow
  void AddLoss(const flows::Flow& flow);                           // a LOST line
  void AddReport(const flows::Flow& flow) { reports_.Add(flow); }  // a ROLLUP line
  // Save adds to the catalog, within its transaction, and starts anew. segment 0: there were no
  // rows.
  absl::Status Save(Database& catalog, int64_t segment);
  void Clear();

  // Bytes are those that this has in memory, about.
  size_t bytes() const { return bytes_ + reports_.bytes(); }
  bool empty() const { return parties_.empty() && losses_.empty() && reports_.empty(); }
  int64_t first_us() const { return first_us_; }
  int64_t last_us() const { return last_us_; }

 private:
  struct EdgeKey {
    int64_t minute = 0;
    std::string source, destination, direction, verdict, reason;

    size_t bytes() const {
      return sizeof(*this) + source.size() + destination.size() + direction.size() +
             verdict.size() + reason.size();
    }
    friend bool operator==(const EdgeKey& a, const EdgeKey& b) {
      return a.minute == b.minute && a.source == b.source && a.destination == b.destination &&
             a.direction == b.direction && a.verdict == b.verdict && a.reason == b.reason;
    }
    template <typename H>
    friend H AbslHashValue(H h, const EdgeKey& key) {
      return H::combine(std::move(h), key.minute, key.source, key.destination, key.direction,
                        key.verdict, key.reason);
    }
  };
  struct Edge {
    uint64_t connections = 0, requests = 0, failed = 0, bytes_sent = 0, bytes_received = 0;
    uint64_t duration_us = 0, max_duration_us = 0;
  };
  struct Span {
    int64_t first_us = 0, last_us = 0;
  };
  struct Loss {
    int64_t time_us = 0;
    std::string reporter, run_id, cause, sink;
    uint64_t count = 0;

    size_t bytes() const {
      return sizeof(*this) + reporter.size() + run_id.size() + cause.size() + sink.size();
    }
  };
  void NoteParty(absl::string_view party, int64_t time_us);
  absl::Status SaveParties(Database& catalog, int64_t segment,
                           absl::flat_hash_map<std::string, int64_t>* ids);
  absl::Status SaveEdges(Database& catalog, const absl::flat_hash_map<std::string, int64_t>& ids);
  absl::Status SaveLosses(Database& catalog);

  absl::flat_hash_map<std::string, Span> parties_;
  absl::flat_hash_map<EdgeKey, Edge> edges_;
  std::vector<Loss> losses_;
  EdgeReports reports_;
  size_t bytes_ = 0;
  int64_t first_us_ = 0;
  int64_t last_us_ = 0;
  bool any_ = false;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_ROLLUP_H_
