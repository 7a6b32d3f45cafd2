// The rows of segments as tables of SQLite.
#ifndef FIREBREAK_STORE_FLOW_TABLE_H_
#define FIREBREAK_STORE_FLOW_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "store/deadline.h"
#include "store/sqlite.h"

namespace firebreak::store {

// FlowTable makes the tables `flows`, `progress` and `unknown_events` on a connection to the
// catalog of folder: every column of Columns(), and time_us, which is time as a number. The
// connection needs MomentOrder, in which time compares. The table must outlive the connection's
// statements. A flow has one row in `flows`; its OPEN and PERIODIC lines, whose totals are in that
// row too once it is there, are the rows of `progress`. Lines of events that this version does not
// know are apart, so that nobody adds them to what they may say once more.
//
// What a question says about time and, by equality, about any text narrows down what is read: by
// the catalog which segments, by the dictionary of a column whether any row of a segment can match,
// and only the columns that are asked for are decoded.
class FlowTable {
 public:
  FlowTable(const Database& catalog, std::string folder);
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // Lines says which lines are the rows of a table.
  enum class Lines : uint8_t { kEnded, kAlive, kUnknown };
  // Part is one of the tables.
  struct Part {
    FlowTable& owner;
    Lines lines;
  };

  // Register makes the tables known to the connection.
  absl::Status Register(Database& connection);

  const Database& catalog() const { return catalog_; }
  const std::string& folder() const { return folder_; }

  // StopAt makes questions end with an error once the deadline has passed, which is asked before
  // each segment: SQLite itself does not ask while a table looks for its next row. Null: never.
  void StopAt(Deadline* deadline) { deadline_ = deadline; }
  bool Late() const { return deadline_ != nullptr && deadline_->Passes(); }

  // Segments that were opened for questions so far.
  uint64_t segments_read() const { return segments_read_; }
  void CountSegment() { ++segments_read_; }

 private:
  const Database& catalog_;
  const std::string folder_;
  Deadline* deadline_ = nullptr;
  uint64_t segments_read_ = 0;
  Part flows_{*this, Lines::kEnded};
  Part progress_{*this, Lines::kAlive};
  Part unknown_{*this, Lines::kUnknown};
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_FLOW_TABLE_H_
