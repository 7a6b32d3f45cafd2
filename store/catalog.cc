#include "store/catalog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/edge_reports.h"

namespace firebreak::store {
namespace {

// edge_minute, party and the rest are told to people as views; see query.cc. A segment ages from
// when its last row was, or from when it was stored if that was earlier: what a line says of its
// time keeps nothing for longer. Its reporter is whose rows alone are in it; empty: of several.
constexpr char kSchema[] = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
  first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, ages_from_us INTEGER NOT NULL,
  reporter TEXT NOT NULL DEFAULT '', parties INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS segment_last ON segment (last_us);
CREATE INDEX IF NOT EXISTS segment_ages ON segment (ages_from_us);
CREATE TABLE IF NOT EXISTS party (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS party_last ON party (last_us);
CREATE TABLE IF NOT EXISTS party_segment (
  party INTEGER NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (party, segment)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS party_segment_segment ON party_segment (segment);
CREATE TABLE IF NOT EXISTS edge_minute (
  minute INTEGER NOT NULL, source INTEGER NOT NULL, destination INTEGER NOT NULL,
  direction TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
  connections INTEGER NOT NULL, requests INTEGER NOT NULL, failed INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL, bytes_received INTEGER NOT NULL, duration_us INTEGER NOT NULL,
  max_duration_us INTEGER NOT NULL,
  PRIMARY KEY (minute, source, destination, direction, verdict, reason)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loss (
  time_us INTEGER NOT NULL, reporter TEXT NOT NULL, run_id TEXT NOT NULL, count INTEGER NOT NULL,
  cause TEXT NOT NULL, sink TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS loss_time ON loss (time_us);
CREATE TABLE IF NOT EXISTS received (
  reporter TEXT NOT NULL, run_id TEXT NOT NULL, first_sequence INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL, grew INTEGER NOT NULL,
  PRIMARY KEY (reporter, run_id, first_sequence)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS received_grew ON received (grew);
CREATE TABLE IF NOT EXISTS spent (
  reporter TEXT PRIMARY KEY, day INTEGER NOT NULL, bytes INTEGER NOT NULL,
  for_addresses INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS filled_by (sink TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finding (
  minute INTEGER NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, claimed TEXT NOT NULL,
  batches INTEGER NOT NULL, lines INTEGER NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (minute, kind, sender, claimed)) WITHOUT ROWID;
)";

// Version 1 had no ages_from_us.
constexpr char kFromVersion1[] = R"(
BEGIN IMMEDIATE;
ALTER TABLE segment ADD COLUMN ages_from_us INTEGER NOT NULL DEFAULT 0;
UPDATE segment SET ages_from_us = last_us;
PRAGMA user_version = 2;
COMMIT;
)";

// SQLite gives the number of the last party to the next one once it is deleted, but for
// AUTOINCREMENT, and a number that a sum still has would name somebody else.
constexpr char kNumberPartiesOnce[] = R"(
BEGIN IMMEDIATE;
CREATE TABLE numbered_party (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL);
INSERT INTO numbered_party (id, name, first_us, last_us) VALUES (
  (SELECT coalesce(max(max(source), max(destination)), 0) + 1 FROM edge_minute), '', 0, 0);
DELETE FROM numbered_party;
INSERT INTO numbered_party (id, name, first_us, last_us)
  SELECT id, name, first_us, last_us FROM party;
DROP TABLE party;
ALTER TABLE numbered_party RENAME TO party;
CREATE INDEX party_last ON party (last_us);
COMMIT;
)";

// NumberPartiesOnce makes it so in a catalog of before.
absl::Status NumberPartiesOnce(Database& catalog) {
  FB_ASSIGN_OR_RETURN(const int64_t before,
                      FirstNumber(catalog,
                                  "SELECT count(*) FROM sqlite_master WHERE name = 'party' AND "
                                  "type = 'table' AND sql NOT LIKE '%AUTOINCREMENT%'"));
  return before == 0 ? absl::OkStatus() : catalog.Run(kNumberPartiesOnce);
}

absl::Status AddColumn(Database& catalog, absl::string_view table, absl::string_view name,
                       absl::string_view type) {
  FB_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(catalog, table));
  if (columns.contains(name)) return absl::OkStatus();
  return catalog.Run(absl::StrCat("ALTER TABLE ", table, " ADD COLUMN ", name, " ", type));
}

// MakeFile makes the file of the catalog, which is SQLite's to fill, where it is absent.
absl::Status MakeFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kStoreFileMode);
  if (fd < 0) return errno == EEXIST ? absl::OkStatus() : absl::ErrnoToStatus(errno, path);
  close(fd);
  return absl::OkStatus();
}

// KeepFromOthers takes from the mode of a file what is beyond ours. It does not open the file:
// closing it again would end the locks that SQLite has on it in this process.
absl::Status KeepFromOthers(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, path);
  }
  const mode_t mode = info.st_mode & 07777;
  if ((mode & kStoreFileMode) == mode) return absl::OkStatus();
  return chmod(path.c_str(), mode & kStoreFileMode) == 0 ? absl::OkStatus()
                                                         : absl::ErrnoToStatus(errno, path);
}

}  // namespace

std::string CatalogPath(const std::string& folder) { return absl::StrCat(folder, "/catalog.db"); }

absl::StatusOr<Database> OpenCatalog(const std::string& folder) {
  const std::string path = CatalogPath(folder);
  if (access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return absl::NotFoundError(absl::StrCat("no store at ", folder));
  }
  return Database::Open(path, Database::Mode::kReadOnly);
}

absl::StatusOr<Database> OpenCatalogToWrite(const std::string& folder) {
  const std::string path = CatalogPath(folder);
  FB_RETURN_IF_ERROR(MakeFile(path));
  // SQLite gives the files beside it the mode of the first. A kill leaves them.
  for (const char* file : {"", "-wal", "-shm"}) {
    FB_RETURN_IF_ERROR(KeepFromOthers(absl::StrCat(path, file)));
  }
  return Database::Open(path, Database::Mode::kReadWrite);
}

absl::StatusOr<int64_t> PrepareCatalog(Database& catalog, const std::string& folder) {
  FB_ASSIGN_OR_RETURN(const int64_t version, FirstNumber(catalog, "PRAGMA user_version"));
  if (version < 0 || version > kCatalogVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": a store of version ", version, ", which is not known here"));
  }
  if (version == 1) FB_RETURN_IF_ERROR(catalog.Run(kFromVersion1));
  FB_RETURN_IF_ERROR(catalog.Run(kSchema));
  FB_RETURN_IF_ERROR(NumberPartiesOnce(catalog));
  FB_RETURN_IF_ERROR(AddColumn(catalog, "segment", "reporter", "TEXT NOT NULL DEFAULT ''"));
  FB_RETURN_IF_ERROR(AddColumn(catalog, "segment", "parties", "INTEGER NOT NULL DEFAULT 0"));
  FB_RETURN_IF_ERROR(catalog.Run(EdgeReports::Schema()));
  for (const auto& [name, type] : EdgeReports::TableColumns()) {
    FB_RETURN_IF_ERROR(AddColumn(catalog, EdgeReports::kTable, name, type));
  }
  return version;
}

absl::Status MarkCatalog(Database& catalog) {
  return catalog.Run(absl::StrCat("PRAGMA user_version = ", kCatalogVersion));
}

absl::StatusOr<absl::flat_hash_set<std::string>> ColumnsOf(const Database& catalog,
                                                           absl::string_view table) {
  FB_ASSIGN_OR_RETURN(Statement columns,
                      Statement::Prepare(catalog, "SELECT name FROM pragma_table_info(?1)"));
  columns.Bind(1, table);
  absl::flat_hash_set<std::string> names;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, columns.Step());
    if (!more) return names;
    names.insert(columns.Text(0));
  }
}

absl::StatusOr<int64_t> FirstNumber(const Database& catalog, absl::string_view sql) {
  FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog, sql));
  FB_ASSIGN_OR_RETURN(const bool any, statement.Step());
  return any ? statement.Number(0) : 0;
}

absl::StatusOr<uint64_t> CatalogBytes(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(const int64_t pages, FirstNumber(catalog, "PRAGMA page_count"));
  FB_ASSIGN_OR_RETURN(const int64_t unused, FirstNumber(catalog, "PRAGMA freelist_count"));
  FB_ASSIGN_OR_RETURN(const int64_t page_bytes, FirstNumber(catalog, "PRAGMA page_size"));
  return static_cast<uint64_t>((pages - unused) * page_bytes);
}

}  // namespace firebreak::store
