#include "store/query.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/catalog.h"
#include "store/clickhouse_store.h"
#include "store/columns.h"
#include "store/total_sum.h"
#include "store/views.h"

namespace firebreak::store {
namespace {

constexpr int64_t kMaxHeapBytes = int64_t{1} << 30;
constexpr int kMaxSqlBytes = 64 << 10;
constexpr int kMaxCellBytes = 16 << 20;
constexpr int kProgressSteps = 10'000;  // of SQLite's machine, well below a millisecond

// MayRead: the views, what they are made of, and the tables that take JSON apart. Not among them
// are SQLite's own, which tell of files and settings.
bool MayRead(absl::string_view table) {
  constexpr std::array<absl::string_view, 10> kTables = {
      "party", "party_segment", "segment",  "edge_minute", "edge_report",
      "loss",  "finding",       "received", "json_each",   "json_tree"};
  const std::vector<View>& views = Views();
  return std::find(kTables.begin(), kTables.end(), table) != kTables.end() ||
         std::any_of(views.begin(), views.end(),
                     [table](const View& view) { return view.name == table; });
}

bool MayCall(absl::string_view function) {
  return function != "load_extension" && function != "fts3_tokenizer" && function != "writefile" &&
         function != "readfile" && function != "edit";
}

int Authorize(void* /*unused*/, int action, const char* first, const char* second,
              const char* /*database*/, const char* /*view*/) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ:
      return first != nullptr && MayRead(first) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return second != nullptr && MayCall(second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

// Watched stops statements of a connection at a deadline for as long as it lives.
class Watched {
 public:
  Watched(sqlite3* connection, FlowTable* table, Deadline* deadline)
      : connection_(connection), table_(table) {
    sqlite3_progress_handler(connection, kProgressSteps, &Check, deadline);
    table->StopAt(deadline);
  }
  ~Watched() {
    sqlite3_progress_handler(connection_, 0, nullptr, nullptr);
    table_->StopAt(nullptr);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  static int Check(void* deadline) { return static_cast<Deadline*>(deadline)->Passes() ? 1 : 0; }

  sqlite3* connection_;
  FlowTable* table_;
};

Value CellOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return std::monostate();
    default: {
      const void* bytes = sqlite3_column_blob(statement, column);
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
    }
  }
}

bool OnlyBlank(absl::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Query>> Query::Open(const std::string& folder, const Clock& clock) {
  std::unique_ptr<Query> query(new Query(clock));
  FB_RETURN_IF_ERROR(query->Prepare(folder));
  return query;
}

absl::Status Query::Prepare(const std::string& folder) {
  const std::string path = CatalogPath(folder);
  FB_ASSIGN_OR_RETURN(catalog_, OpenCatalog(folder));
  FB_ASSIGN_OR_RETURN(connection_, Database::Open(path, Database::Mode::kReadOnly));
  table_ = std::make_unique<FlowTable>(catalog_, folder);
  FB_RETURN_IF_ERROR(order_.Register(connection_));
  FB_RETURN_IF_ERROR(RegisterTotalSum(connection_));
  FB_RETURN_IF_ERROR(table_->Register(connection_));
  FB_RETURN_IF_ERROR(connection_.Run("PRAGMA temp_store = FILE"));
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> views, ViewDefinitions(catalog_));
  for (const std::string& view : views) FB_RETURN_IF_ERROR(connection_.Run(view));
  // Tables that are code are made known on first use, in a way that looks like writing to an
  // authorizer.
  for (const char* table :
       {"flows", "progress", "unknown_events", "json_each('[]')", "json_tree('[]')"}) {
    FB_RETURN_IF_ERROR(connection_.Run(absl::StrCat("SELECT 1 FROM ", table, " LIMIT 0")));
  }
  sqlite3_hard_heap_limit64(kMaxHeapBytes);
  sqlite3* const handle = connection_.handle();
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, kMaxSqlBytes);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxCellBytes);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0);
  sqlite3_set_authorizer(handle, &Authorize, nullptr);
  return absl::OkStatus();
}

absl::StatusOr<QueryResult> Query::Run(
    const std::string& sql, const QueryLimits& limits,
    const std::function<void(const std::vector<std::string>&)>& on_header, const OnRow& on_row) {
  Deadline deadline(clock_, limits.max_time);
  const Watched watched(connection_.handle(), table_.get(), &deadline);
  order_.Reset();
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int result = sqlite3_prepare_v2(
      connection_.handle(), sql.data(),
      static_cast<int>(std::min<size_t>(sql.size(), kMaxSqlBytes + 1)), &prepared, &rest);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared,
                                                                        &sqlite3_finalize);
  const auto refusal = [this] {
    return absl::InvalidArgumentError(sqlite3_errmsg(connection_.handle()));
  };
  if (result != SQLITE_OK) return refusal();
  if (statement == nullptr) return absl::InvalidArgumentError("no SQL");
  if (!OnlyBlank(rest)) return absl::InvalidArgumentError("one statement at a time");
  const int columns = sqlite3_column_count(statement.get());
  if (columns == 0 || sqlite3_stmt_readonly(statement.get()) == 0) {
    return absl::InvalidArgumentError("not a question: only SELECT is");
  }
  std::vector<std::string> header;
  header.reserve(static_cast<size_t>(columns));
  for (int i = 0; i < columns; ++i) header.emplace_back(sqlite3_column_name(statement.get(), i));
  on_header(header);
  QueryResult answer;
  std::vector<Value> row(static_cast<size_t>(columns));
  while (true) {
    const int step = sqlite3_step(statement.get());
    FB_RETURN_IF_ERROR(order_.status());
    if (step == SQLITE_DONE) return answer;
    if (step != SQLITE_ROW && deadline.passed()) {
      return absl::DeadlineExceededError(
          absl::StrCat("took longer than ", absl::FormatDuration(limits.max_time)));
    }
    if (step != SQLITE_ROW) return refusal();
    if (limits.max_rows > 0 && answer.rows == limits.max_rows) {
      answer.cut = true;
      return answer;
    }
    for (int i = 0; i < columns; ++i) row[static_cast<size_t>(i)] = CellOf(statement.get(), i);
    on_row(row);
    ++answer.rows;
  }
}

absl::StatusOr<QueryResult> AskStore(
    const std::string& store, const Clock& clock, const std::string& sql, const QueryLimits& limits,
    const std::function<void(const std::vector<std::string>&)>& on_header,
    const Query::OnRow& on_row) {
  if (ClickHouseStore::IsNamed(store)) {
    FB_ASSIGN_OR_RETURN(ClickHouseStore server, ClickHouseStore::Open(store, clock));
    return server.Run(sql, limits, on_header, on_row);
  }
  FB_ASSIGN_OR_RETURN(const std::unique_ptr<Query> query, Query::Open(store, clock));
  return query->Run(sql, limits, on_header, on_row);
}

}  // namespace firebreak::store
