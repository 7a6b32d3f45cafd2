// The rows of edge_minute: who talked to whom, by the minute.
#ifndef FIREBREAK_STORE_EDGE_ROWS_H_
#define FIREBREAK_STORE_EDGE_ROWS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "store/sqlite.h"

namespace firebreak::store {

// EdgeSums are the numbers of one edge.
struct EdgeSums {
  uint64_t connections = 0, requests = 0, failed = 0, bytes_sent = 0, bytes_received = 0;
  uint64_t duration_us = 0, max_duration_us = 0;

  void Add(const EdgeSums& more);
};
inline constexpr uint64_t kSumsOfEdge = 7;

// EdgeRow is what is added to one row, and which one that is; ends are numbers of parties.
struct EdgeRow {
  int64_t minute = 0, source = 0, destination = 0;
  absl::string_view direction, verdict, reason;
  const EdgeSums& sums;
};

// EdgeRows writes them, within a transaction.
class EdgeRows {
 public:
  static absl::StatusOr<EdgeRows> Prepare(const Database& catalog);

  // Grow adds to a row that is there; false: there is none.
  absl::StatusOr<bool> Grow(const EdgeRow& row);
  absl::Status Insert(const EdgeRow& row);

 private:
  EdgeRows(const Database& catalog, Statement grow, Statement insert);

  const Database* catalog_;
  Statement grow_;
  Statement insert_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_EDGE_ROWS_H_
