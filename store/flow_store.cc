#include "store/flow_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/fd_io.h"
#include "base/folder.h"
#include "base/status.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "store/clickhouse_store.h"

namespace firebreak::store {
namespace {

constexpr absl::string_view kSuffix = ".seg";
// What the catalog gathers for one segment has at most this many bytes in memory.
constexpr size_t kMaxRollupBytes = size_t{64} << 20;
constexpr int64_t kCatalogVersion = 2;

// edge_minute, party and the rest are told to people as views; see query.cc. A segment ages from
// when its last row was, or from when it was stored if that was earlier: what a line says of its
// time keeps nothing for longer.
constexpr char kSchema[] = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
  first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, ages_from_us INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS segment_last ON segment (last_us);
CREATE INDEX IF NOT EXISTS segment_ages ON segment (ages_from_us);
CREATE TABLE IF NOT EXISTS party (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS party_last ON party (last_us);
CREATE TABLE IF NOT EXISTS party_segment (
  party INTEGER NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (party, segment)) WITHOUT ROWID;
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

absl::Status ErrnoError(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

// MakeFolder makes a folder that survives a power cut.
absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0750) != 0) return errno == EEXIST ? absl::OkStatus() : ErrnoError(path);
  return SyncFolder(absl::StrCat(path, "/.."));
}

// WriteSynced leaves no file when it fails: half of one would fill a disk that is full already.
absl::Status WriteSynced(const std::string& path, absl::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return ErrnoError(path);
  const absl::Cleanup closer = [fd] { close(fd); };
  if (WriteAll(fd, bytes) && fsync(fd) == 0) return absl::OkStatus();
  absl::Status failed = ErrnoError(path);
  unlink(path.c_str());
  return failed;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(path);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return ErrnoError(path);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  const std::optional<size_t> count = ReadUpTo(fd, absl::MakeSpan(bytes));
  if (!count.has_value()) return ErrnoError(path);
  bytes.resize(*count);
  return bytes;
}

std::string SegmentsFolder(const std::string& folder) { return absl::StrCat(folder, "/segments"); }

std::string SegmentPath(const std::string& folder, int64_t id) {
  return absl::StrCat(SegmentsFolder(folder), "/", id, kSuffix);
}

// FirstNumber is the first cell of the first row that a question answers, or 0.
absl::StatusOr<int64_t> FirstNumber(const Database& catalog, absl::string_view sql) {
  FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog, sql));
  FB_ASSIGN_OR_RETURN(const bool any, statement.Step());
  return any ? statement.Number(0) : 0;
}

// Cutoff is the moment before which things are too old; an age of zero is no bound.
int64_t Cutoff(absl::Duration age, absl::Time now) {
  return absl::ToUnixMicros(age > absl::ZeroDuration() ? now - age : absl::InfinitePast());
}

}  // namespace

struct FlowStore::Folder {
  explicit Folder(std::string folder_path) : path(std::move(folder_path)) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    if (lock >= 0) close(lock);
  }

  // Lock holds the folder until it is closed, however the process ends.
  absl::Status Lock() {
    const std::string name = absl::StrCat(path, "/lock");
    lock = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (lock < 0) return ErrnoError(name);
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": somebody else writes to this store"));
  }

  const std::string path;
  int lock = -1;
};

std::string CatalogPath(const std::string& folder) { return absl::StrCat(folder, "/catalog.db"); }

absl::StatusOr<Database> OpenCatalog(const std::string& folder) {
  const std::string path = CatalogPath(folder);
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat("no store at ", folder));
  }
  return Database::Open(path, Database::Mode::kReadOnly);
}

FlowStore::FlowStore(std::unique_ptr<Folder> folder, Database catalog, const Clock& clock)
    : folder_(std::move(folder)), catalog_(std::move(catalog)), clock_(&clock) {}
FlowStore::FlowStore(FlowStore&&) noexcept = default;
FlowStore::~FlowStore() = default;

absl::StatusOr<FlowStore> FlowStore::Open(const std::string& folder, const Clock& clock,
                                          absl::string_view sink) {
  if (ClickHouseStore::IsNamed(folder)) {
    return absl::InvalidArgumentError(
        "a ClickHouse server is written to by the sidecars themselves: flow_log.clickhouse");
  }
  FB_RETURN_IF_ERROR(MakeFolder(folder));
  FB_RETURN_IF_ERROR(MakeFolder(SegmentsFolder(folder)));
  auto held = std::make_unique<Folder>(folder);
  FB_RETURN_IF_ERROR(held->Lock());
  FB_ASSIGN_OR_RETURN(Database catalog,
                      Database::Open(CatalogPath(folder), Database::Mode::kReadWrite));
  FlowStore store(std::move(held), std::move(catalog), clock);
  FB_RETURN_IF_ERROR(store.Prepare(sink));
  FB_RETURN_IF_ERROR(SyncFolder(folder));  // the catalog may be new
  return store;
}

absl::Status FlowStore::Prepare(absl::string_view sink) {
  FB_ASSIGN_OR_RETURN(const int64_t version, FirstNumber(catalog_, "PRAGMA user_version"));
  if (version < 0 || version > kCatalogVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder_->path, ": a store of version ", version, ", which is not known here"));
  }
  if (version == 1) FB_RETURN_IF_ERROR(catalog_.Run(kFromVersion1));
  FB_RETURN_IF_ERROR(catalog_.Run(kSchema));
  FB_RETURN_IF_ERROR(catalog_.Run(EdgeReports::Schema()));
  FB_RETURN_IF_ERROR(DeleteOrphans(/*fresh=*/version == 0));
  if (version == 0) {
    FB_RETURN_IF_ERROR(catalog_.Run(absl::StrCat("PRAGMA user_version = ", kCatalogVersion)));
  }
  FB_ASSIGN_OR_RETURN(
      Statement fill,
      Statement::Prepare(catalog_, "INSERT OR IGNORE INTO filled_by (sink) VALUES (?1)"));
  FB_RETURN_IF_ERROR(fill.Bind(1, sink).Run());
  return LoadReceived();
}

absl::StatusOr<std::vector<int64_t>> FlowStore::Orphans() const {
  const std::string folder = SegmentsFolder(folder_->path);
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> entries, FolderEntries(folder));
  FB_ASSIGN_OR_RETURN(Statement known,
                      Statement::Prepare(catalog_, "SELECT 1 FROM segment WHERE id = ?1"));
  std::vector<int64_t> orphans;
  for (absl::string_view name : entries) {
    int64_t id = 0;
    const bool ours = absl::ConsumeSuffix(&name, kSuffix) && absl::SimpleAtoi(name, &id);
    if (!ours) continue;  // somebody else's: not for us to delete
    FB_ASSIGN_OR_RETURN(const bool found, known.Bind(1, id).Step());
    if (!found) {
      orphans.push_back(id);
    } else {
      FB_RETURN_IF_ERROR(known.Run());
    }
  }
  return orphans;
}

// A crash leaves the one segment that was being written, and such as were taken out of the catalog
// and not yet deleted. Any other means that the catalog is not the one of these segments, and
// deleting them would be the end of the store.
absl::Status FlowStore::DeleteOrphans(bool fresh) {
  FB_ASSIGN_OR_RETURN(const std::vector<int64_t> orphans, Orphans());
  FB_ASSIGN_OR_RETURN(
      const int64_t last,
      FirstNumber(catalog_, "SELECT seq FROM sqlite_sequence WHERE name = 'segment'"));
  bool strange = fresh && last > 0;  // of a version that had none
  for (const int64_t id : orphans) strange = strange || fresh || id > last + 1;
  if (strange) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder_->path, ": catalog.db is not the one of the segments here: it is new, older than ",
        "they are, or of an earlier version. Put the right one back; or move the folder away and ",
        "import the logs again"));
  }
  for (const int64_t id : orphans) {
    const std::string path = SegmentPath(folder_->path, id);
    if (unlink(path.c_str()) != 0) return ErrnoError(path);
  }
  return absl::OkStatus();
}

absl::Status FlowStore::LoadReceived() {
  Received received;
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog_,
                         "SELECT reporter, run_id, first_sequence, last_sequence FROM received"));
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    received.AddRange({.reporter = rows.Text(0), .run_id = rows.Text(1)},
                      static_cast<uint64_t>(rows.Number(2)), static_cast<uint64_t>(rows.Number(3)));
  }
  received_ = std::move(received);
  received_holds_ = true;
  return absl::OkStatus();
}

absl::StatusOr<FlowStore::Added> FlowStore::Add(const flows::Flow& flow) {
  if (builder_.full() || rollup_.bytes() >= kMaxRollupBytes) FB_RETURN_IF_ERROR(Flush());
  if (!received_holds_) FB_RETURN_IF_ERROR(LoadReceived());
  const RunOf run{.reporter = flow.reporter.principal, .run_id = flow.run_id};
  if (!received_.Add(run, flow.sequence)) return Added::kDuplicate;
  if (flow.event == flows::kLostEvent) {
    rollup_.AddLoss(flow);
  } else if (flow.event == flows::kRollupEvent) {
    rollup_.AddReport(flow);
  } else if (flows::TellsOfFlow(flow)) {
    rollup_.Add(flow);
    builder_.Add(flow);
  }
  return Added::kNew;
}

absl::Status FlowStore::Flush() {
  if (!received_holds_) FB_RETURN_IF_ERROR(LoadReceived());
  if (builder_.rows() == 0 && rollup_.empty() && received_.changed().empty() && findings_.empty()) {
    return absl::OkStatus();
  }
  const size_t rows = builder_.rows();
  const absl::StatusOr<std::string> file = rows > 0 ? builder_.Finish() : std::string();
  absl::Status saved = file.ok() ? Save(rows, *file) : file.status();
  rollup_.Clear();
  findings_.Clear();
  received_.Saved();
  if (!saved.ok()) {
    received_holds_ = false;  // what was not saved has not come
    return saved;
  }
  rows_ += rows;
  bytes_ += file->size();
  return absl::OkStatus();
}

absl::Status FlowStore::Save(size_t rows, const std::string& file) {
  FB_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(catalog_));
  int64_t id = 0;
  if (rows > 0) {
    FB_ASSIGN_OR_RETURN(Statement segment,
                        Statement::Prepare(catalog_,
                                           "INSERT INTO segment (rows, bytes, first_us, last_us, "
                                           "ages_from_us) VALUES (?1, ?2, ?3, ?4, ?5)"));
    segment.Bind(1, static_cast<int64_t>(rows))
        .Bind(2, static_cast<int64_t>(file.size()))
        .Bind(3, rollup_.first_us())
        .Bind(4, rollup_.last_us())
        .Bind(5, std::min(rollup_.last_us(), absl::ToUnixMicros(clock_->WallNow())));
    FB_RETURN_IF_ERROR(segment.Run());
    id = catalog_.last_insert_id();
    FB_RETURN_IF_ERROR(SaveSegment(id, file));
  }
  FB_RETURN_IF_ERROR(rollup_.Save(catalog_, id));
  FB_RETURN_IF_ERROR(findings_.Save(catalog_));
  FB_RETURN_IF_ERROR(SaveReceived());
  return transaction.Commit();
}

absl::Status FlowStore::SaveSegment(int64_t id, const std::string& file) {
  const std::string path = SegmentPath(folder_->path, id);
  FB_RETURN_IF_ERROR(WriteSynced(path, file));
  return SyncFolder(SegmentsFolder(folder_->path));
}

absl::Status FlowStore::SaveReceived() {
  FB_ASSIGN_OR_RETURN(
      Statement forget,
      Statement::Prepare(catalog_, "DELETE FROM received WHERE reporter = ?1 AND run_id = ?2"));
  FB_ASSIGN_OR_RETURN(
      Statement save,
      Statement::Prepare(catalog_, "INSERT INTO received VALUES (?1, ?2, ?3, ?4, ?5)"));
  save.Bind(5, absl::ToUnixSeconds(clock_->WallNow()));
  for (const RunOf& run : received_.changed()) {
    const absl::string_view reporter = run.reporter;
    const absl::string_view run_id = run.run_id;
    FB_RETURN_IF_ERROR(forget.Bind(1, reporter).Bind(2, run_id).Run());
    for (const auto& [first, last] : received_.Run(run).ranges()) {
      save.Bind(1, reporter)
          .Bind(2, run_id)
          .Bind(3, static_cast<int64_t>(first))
          .Bind(4, static_cast<int64_t>(last));
      FB_RETURN_IF_ERROR(save.Run());
    }
  }
  return absl::OkStatus();
}

// ForgetRuns is part of a transaction. Should that fail, runs that are as old are known no more
// until the next Open. A run that has grown since the last Flush is known on: that writes it anew.
absl::Status FlowStore::ForgetRuns(absl::Time before) {
  const int64_t seconds = absl::ToUnixSeconds(before);
  FB_ASSIGN_OR_RETURN(
      Statement old,
      Statement::Prepare(catalog_,
                         "SELECT DISTINCT reporter, run_id FROM received WHERE grew < ?1"));
  old.Bind(1, seconds);
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, old.Step());
    if (!more) break;
    const RunOf run{.reporter = old.Text(0), .run_id = old.Text(1)};
    if (!received_.changed().contains(run)) received_.Forget(run);
  }
  FB_ASSIGN_OR_RETURN(Statement forget,
                      Statement::Prepare(catalog_, "DELETE FROM received WHERE grew < ?1"));
  return forget.Bind(1, seconds).Run();
}

// ForgetSums is part of a transaction. A party was seen whenever it was at an end of an edge, so
// who was not seen since is in none that is left.
absl::Status FlowStore::ForgetSums(absl::Time before) {
  constexpr const char* kUnseenParties =
      "DELETE FROM party WHERE last_us < ?1 / 60000000 * 60000000 AND NOT EXISTS "
      "(SELECT 1 FROM party_segment WHERE party = party.id)";
  for (const char* sql :
       {"DELETE FROM edge_minute WHERE minute < ?1 / 60000000",
        "DELETE FROM finding WHERE minute < ?1 / 60000000", "DELETE FROM loss WHERE time_us < ?1",
        "DELETE FROM edge_report WHERE time_us < ?1", kUnseenParties}) {
    FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog_, sql));
    FB_RETURN_IF_ERROR(statement.Bind(1, absl::ToUnixMicros(before)).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> FlowStore::Outgrown(const Retention& retention, absl::Time now,
                                                         Retired* retired) {
  FB_ASSIGN_OR_RETURN(const int64_t total,
                      FirstNumber(catalog_, "SELECT coalesce(sum(bytes), 0) FROM segment"));
  auto bytes = static_cast<uint64_t>(total);
  FB_ASSIGN_OR_RETURN(Statement segments,
                      Statement::Prepare(catalog_,
                                         "SELECT id, rows, bytes, ages_from_us FROM segment "
                                         "ORDER BY ages_from_us, id"));
  const int64_t oldest = Cutoff(retention.max_age, now);
  std::vector<int64_t> ids;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, segments.Step());
    if (!more) break;
    const bool too_large = retention.max_bytes > 0 && bytes > retention.max_bytes;
    if (!too_large && segments.Number(3) >= oldest) break;
    const auto size = static_cast<uint64_t>(segments.Number(2));
    ids.push_back(segments.Number(0));
    retired->rows += static_cast<uint64_t>(segments.Number(1));
    retired->bytes += size;
    bytes -= size;
  }
  retired->segments = ids.size();
  return ids;
}

absl::StatusOr<FlowStore::Retired> FlowStore::Retain(const Retention& retention) {
  const absl::Time now = clock_->WallNow();
  Retired retired;
  FB_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, Outgrown(retention, now, &retired));
  FB_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(catalog_));
  for (const char* sql :
       {"DELETE FROM segment WHERE id = ?1", "DELETE FROM party_segment WHERE segment = ?1"}) {
    FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog_, sql));
    for (const int64_t id : ids) FB_RETURN_IF_ERROR(statement.Bind(1, id).Run());
  }
  if (retention.max_edge_age > absl::ZeroDuration()) {
    FB_RETURN_IF_ERROR(ForgetSums(now - retention.max_edge_age));
  }
  if (retention.max_run_age > absl::ZeroDuration()) {
    FB_RETURN_IF_ERROR(ForgetRuns(now - retention.max_run_age));
  }
  FB_RETURN_IF_ERROR(transaction.Commit());
  for (const int64_t id : ids) unlink(SegmentPath(folder_->path, id).c_str());
  return retired;
}

absl::StatusOr<std::vector<SegmentFile>> SegmentsFor(const Database& catalog,
                                                     const std::string& folder,
                                                     const SegmentQuestion& question) {
  std::string sql = "SELECT id FROM segment WHERE last_us >= ?1 AND first_us <= ?2 AND id > ?3";
  for (size_t i = 0; i < question.parties.size(); ++i) {
    absl::StrAppend(&sql,
                    " AND id IN (SELECT segment FROM party_segment WHERE party = "
                    "(SELECT id FROM party WHERE name = ?",
                    i + 4, "))");
  }
  FB_ASSIGN_OR_RETURN(Statement segments,
                      Statement::Prepare(catalog, absl::StrCat(sql, " ORDER BY first_us, id")));
  segments.Bind(1, absl::ToUnixMicros(question.since))
      .Bind(2, absl::ToUnixMicros(question.until))
      .Bind(3, question.after);
  for (size_t i = 0; i < question.parties.size(); ++i) {
    segments.Bind(static_cast<int>(i) + 4, absl::string_view(question.parties[i]));
  }
  std::vector<SegmentFile> files;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, segments.Step());
    if (!more) return files;
    const int64_t id = segments.Number(0);
    files.push_back({.id = id, .path = SegmentPath(folder, id)});
  }
}

absl::StatusOr<std::string> ReadSegment(const Database& catalog, const SegmentFile& segment) {
  absl::StatusOr<std::string> file = ReadFile(segment.path);
  if (!absl::IsNotFound(file.status())) return file;
  // A segment is taken out of the catalog before its file is deleted.
  FB_ASSIGN_OR_RETURN(Statement named,
                      Statement::Prepare(catalog, "SELECT 1 FROM segment WHERE id = ?1"));
  FB_ASSIGN_OR_RETURN(const bool found, named.Bind(1, segment.id).Step());
  if (!found) return file;
  return absl::DataLossError(absl::StrCat(segment.path, ": the catalog names it, and it is gone"));
}

}  // namespace firebreak::store
