#include "store/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::store {
namespace {

constexpr int kBusyMs = 10'000;  // for as long a reader waits for a writer's commit

absl::Status ErrorOf(sqlite3* handle, absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", sqlite3_errmsg(handle)));
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

absl::StatusOr<Database> Database::Open(const std::string& path, Mode mode) {
  const int flags =
      mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.handle_.reset(handle);
  if (result == SQLITE_NOMEM) return absl::ResourceExhaustedError(path);
  if (result != SQLITE_OK) return database.Error(path);
  sqlite3_busy_timeout(handle, kBusyMs);
  // Whatever a file holds, its schema runs nothing.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database;
}

absl::Status Database::Error(absl::string_view what) const { return ErrorOf(handle(), what); }

int64_t Database::changes() const { return sqlite3_changes64(handle()); }

absl::Status Database::Run(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) {
    return absl::OkStatus();
  }
  return Error("store");
}

absl::StatusOr<Statement> Statement::Prepare(const Database& database, absl::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int result = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        0, &handle, nullptr);
  Statement statement;
  statement.handle_.reset(handle);
  if (result != SQLITE_OK) return database.Error("store");
  return statement;
}

Statement& Statement::Bind(int parameter, int64_t value) {
  sqlite3_bind_int64(handle(), parameter, value);
  return *this;
}

Statement& Statement::Bind(int parameter, absl::string_view value) {
  sqlite3_bind_text64(handle(), parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int result = sqlite3_step(handle());
  if (result == SQLITE_ROW) return true;
  const absl::Status error = ErrorOf(sqlite3_db_handle(handle()), "store");
  sqlite3_reset(handle());
  if (result == SQLITE_DONE) return false;
  return error;
}

absl::Status Statement::Run() {
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, Step());
    if (!more) return absl::OkStatus();
  }
}

int Statement::columns() const { return sqlite3_column_count(handle_.get()); }

bool Statement::Null(int column) const {
  return sqlite3_column_type(handle(), column) == SQLITE_NULL;
}

int64_t Statement::Number(int column) const { return sqlite3_column_int64(handle(), column); }

std::string Statement::Text(int column) const {
  const void* text = sqlite3_column_blob(handle(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(handle(), column));
  return text == nullptr ? std::string() : std::string(static_cast<const char*>(text), size);
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  FB_RETURN_IF_ERROR(database.Run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->Run("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  FB_RETURN_IF_ERROR(database_->Run("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace firebreak::store
