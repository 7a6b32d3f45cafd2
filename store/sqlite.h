// SQLite, as much of it as the store needs.
#ifndef FIREBREAK_STORE_SQLITE_H_
#define FIREBREAK_STORE_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace firebreak::store {

// Database is a connection, for one thread at a time.
class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite };

  // Open makes the file where it is absent and may be written.
  static absl::StatusOr<Database> Open(const std::string& path, Mode mode);

  // Run runs statements that return nothing.
  absl::Status Run(const std::string& sql);
  sqlite3* handle() const { return handle_.get(); }
  // Error is what the last call on the connection failed with.
  absl::Status Error(absl::string_view what) const;
  int64_t changes() const;  // rows that the last statement has written

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// Statement is one prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  static absl::StatusOr<Statement> Prepare(const Database& database, absl::string_view sql);

  Statement& Bind(int parameter, int64_t value);
  Statement& Bind(int parameter, absl::string_view value);  // copied

  // Step returns true for a row, false at the end, after which the statement may be used again
  // with other parameters.
  absl::StatusOr<bool> Step();
  // Run steps to the end.
  absl::Status Run();

  int columns() const;
  bool Null(int column) const;
  int64_t Number(int column) const;
  std::string Text(int column) const;
  sqlite3_stmt* handle() const { return handle_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// Transaction is rolled back unless it was committed.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null once it is over
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_SQLITE_H_
