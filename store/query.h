// Questions to a store, in SQL.
#ifndef FIREBREAK_STORE_QUERY_H_
#define FIREBREAK_STORE_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "base/clock.h"
#include "store/flow_table.h"
#include "store/moment.h"
#include "store/sqlite.h"

namespace firebreak::store {

// Value is a cell: nothing, a number, a fraction or a text.
using Value = std::variant<std::monostate, int64_t, double, std::string>;

struct QueryLimits {
  uint64_t max_rows = 10'000;  // 0: no bound
  absl::Duration max_time = absl::Seconds(60);
};

struct QueryResult {
  uint64_t rows = 0;
  bool cut = false;  // there were more than max_rows
};

// Query answers one SELECT at a time. The catalog is opened read-only, and an authorizer lets a
// statement do nothing but read the documented views and what they are made of: no ATTACH, no
// PRAGMA, no writing, no loading of code, none of SQLite's own tables. What SQLite itself keeps in
// memory, to sort and to group, is bounded at 1 GiB for the process; beside it each `flows` of the
// question has one segment in memory, of which it decodes the columns that are asked for.
class Query {
 public:
  // Open takes a store's folder. A writer may be at work in it.
  static absl::StatusOr<std::unique_ptr<Query>> Open(const std::string& folder, const Clock& clock);

  using OnRow = std::function<void(absl::Span<const Value> row)>;
  // Run gives the names of the columns to on_header, then each row to on_row. InvalidArgument: SQL
  // that is none, or that asks for what it may not. DeadlineExceeded: it took too long.
  absl::StatusOr<QueryResult> Run(
      const std::string& sql, const QueryLimits& limits,
      const std::function<void(const std::vector<std::string>&)>& on_header, const OnRow& on_row);

  uint64_t segments_read() const { return table_->segments_read(); }
  const Database& catalog() const { return catalog_; }

 private:
  explicit Query(const Clock& clock) : clock_(clock) {}
  absl::Status Prepare(const std::string& folder);

  const Clock& clock_;
  Database catalog_;  // of the table's own
  std::unique_ptr<FlowTable> table_;
  MomentOrder order_;
  Database connection_;  // what people's SQL runs on; ends before what is above does
};

// AskStore puts one question, as Query::Run does, to the store of a folder or of a ClickHouse
// server (see ClickHouseStore).
absl::StatusOr<QueryResult> AskStore(
    const std::string& store, const Clock& clock, const std::string& sql, const QueryLimits& limits,
    const std::function<void(const std::vector<std::string>&)>& on_header,
    const Query::OnRow& on_row);

// View is what a question may read.
struct ViewColumn {
  std::string name;
  std::string type;
  std::string meaning;
};
struct View {
  std::string name;
  std::string meaning;
  std::vector<ViewColumn> columns;
};
// Views lists all of them, flows first.
const std::vector<View>& Views();

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_QUERY_H_
