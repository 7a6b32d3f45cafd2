// Whether lines that came again say what is stored under their numbers.
#ifndef FIREBREAK_STORE_DUPLICATE_CHECK_H_
#define FIREBREAK_STORE_DUPLICATE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "flows/flow.h"
#include "store/segment_files.h"
#include "store/sqlite.h"

namespace firebreak::store {

// LineName is what a line is known by.
struct LineName {
  std::string reporter, run_id;
  uint64_t sequence = 0;

  friend bool operator==(const LineName& a, const LineName& b) {
    return a.sequence == b.sequence && a.run_id == b.run_id && a.reporter == b.reporter;
  }
  template <typename H>
  friend H AbslHashValue(H h, const LineName& name) {
    return H::combine(std::move(h), name.reporter, name.run_id, name.sequence);
  }
};

// A sidecar writes one line under a number. Of two that differ one was forged or changed, and a
// store keeps the one that came first: DuplicateCheck finds that there is another. What a store
// does not keep of a line, such as its hash, is not compared, nor what its writer did not know of a
// line: a field of a later version. For one thread.
class DuplicateCheck {
 public:
  using OnConflict = std::function<void(const LineName& line)>;

  DuplicateCheck(std::string folder, OnConflict on_conflict)
      : folder_(std::move(folder)), on_conflict_(std::move(on_conflict)) {}

  // Add takes a line that the store has had before.
  void Add(const flows::Flow& flow);
  // Full: it is time for Compare.
  bool full() const { return lines_.size() >= kMaxLines; }
  // Compare looks at all that were added since the last call. Everything that was given to the
  // store must have been flushed.
  absl::Status Compare();

  uint64_t conflicts() const { return conflicts_; }
  // Lines of which nothing is stored any more, or was never more than a sum: see ReporterBudget.
  uint64_t gone() const { return gone_; }
  // Segments that were opened.
  uint64_t segments_read() const { return segments_read_; }

 private:
  static constexpr size_t kMaxLines = size_t{1} << 16;

  // What is kept of a line is in a row of a segment, of a table of the catalog, or nowhere.
  enum class Kind : uint8_t { kRow, kLoss, kReport, kNothing };
  // Digests are of cells, each of its own, so that those that were not stored can be left out.
  using Digests = std::vector<size_t>;
  struct Line {
    Kind kind = Kind::kNothing;
    int64_t time_us = 0;
    Digests cells;
  };

  absl::Status CompareRows(const Database& catalog, const SegmentQuestion& question,
                           absl::flat_hash_set<int64_t>* seen);
  absl::Status CompareSegment(absl::string_view bytes);
  absl::Status CompareSums(const Database& catalog, Kind kind);
  absl::Status CompareElsewhere(const Database& catalog, absl::flat_hash_set<int64_t>* seen);
  void Conflict(const LineName& name);

  const std::string folder_;
  const OnConflict on_conflict_;
  absl::flat_hash_map<LineName, Line> lines_;  // that nothing was found for yet
  uint64_t conflicts_ = 0;
  uint64_t gone_ = 0;
  uint64_t segments_read_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_DUPLICATE_CHECK_H_
