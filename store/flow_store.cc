#include "store/flow_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/folder.h"
#include "base/status.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "store/catalog.h"
#include "store/clickhouse_store.h"
#include "store/segment_files.h"

namespace firebreak::store {
namespace {

// What the catalog gathers for one flush has at most this many bytes in memory.
constexpr size_t kMaxRollupBytes = size_t{64} << 20;
// What it costs a reporter that somebody is in a segment of its own: a row of party_segment, and
// its place in an index.
constexpr uint64_t kIndexRowBytes = 24;
// The largest number that was given to a segment, or reserved for one.
constexpr char kLastSegment[] = "SELECT seq FROM sqlite_sequence WHERE name = 'segment'";

absl::Status ErrnoError(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

// MakeFolder makes a folder that survives a power cut.
absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0750) != 0) return errno == EEXIST ? absl::OkStatus() : ErrnoError(path);
  return SyncFolder(absl::StrCat(path, "/.."));
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
    lock = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kStoreFileMode);
    if (lock < 0) return ErrnoError(name);
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": somebody else writes to this store"));
  }

  const std::string path;
  int lock = -1;
};

FlowStore::FlowStore(std::unique_ptr<Folder> folder, Database catalog, const Clock& clock,
                     const ReporterShare& share)
    : folder_(std::move(folder)),
      catalog_(std::move(catalog)),
      clock_(&clock),
      pending_(share.own_segments),
      budget_(share.catalog_bytes) {}
FlowStore::FlowStore(FlowStore&&) noexcept = default;
FlowStore::~FlowStore() = default;

absl::StatusOr<FlowStore> FlowStore::Open(const std::string& folder, const Clock& clock,
                                          absl::string_view sink, const ReporterShare& share) {
  if (ClickHouseStore::IsNamed(folder)) {
    return absl::InvalidArgumentError(
        "a ClickHouse server is written to by the sidecars themselves: flow_log.clickhouse");
  }
  FB_RETURN_IF_ERROR(MakeFolder(folder));
  FB_RETURN_IF_ERROR(MakeFolder(SegmentsFolder(folder)));
  auto held = std::make_unique<Folder>(folder);
  FB_RETURN_IF_ERROR(held->Lock());
  FB_ASSIGN_OR_RETURN(Database catalog, OpenCatalogToWrite(folder));
  FlowStore store(std::move(held), std::move(catalog), clock, share);
  FB_RETURN_IF_ERROR(store.Prepare(sink));
  FB_RETURN_IF_ERROR(SyncFolder(folder));  // the catalog may be new
  return store;
}

absl::Status FlowStore::Prepare(absl::string_view sink) {
  FB_ASSIGN_OR_RETURN(const int64_t version, PrepareCatalog(catalog_, folder_->path));
  FB_RETURN_IF_ERROR(DeleteOrphans(/*fresh=*/version == 0));
  if (version == 0) FB_RETURN_IF_ERROR(MarkCatalog(catalog_));
  FB_ASSIGN_OR_RETURN(
      Statement fill,
      Statement::Prepare(catalog_, "INSERT OR IGNORE INTO filled_by (sink) VALUES (?1)"));
  FB_RETURN_IF_ERROR(fill.Bind(1, sink).Run());
  FB_RETURN_IF_ERROR(budget_.Load(catalog_));
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
    const bool ours = absl::ConsumeSuffix(&name, kSegmentSuffix) && absl::SimpleAtoi(name, &id);
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

// A crash leaves the one segment that was being written, or several whose numbers were reserved,
// and such as were taken out of the catalog and not yet deleted. Any other means that the catalog
// is not the one of these segments, and deleting them would be the end of the store.
absl::Status FlowStore::DeleteOrphans(bool fresh) {
  FB_ASSIGN_OR_RETURN(const std::vector<int64_t> orphans, Orphans());
  FB_ASSIGN_OR_RETURN(const int64_t last, FirstNumber(catalog_, kLastSegment));
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
    received.Restore({.reporter = rows.Text(0), .run_id = rows.Text(1)},
                     static_cast<uint64_t>(rows.Number(2)), static_cast<uint64_t>(rows.Number(3)));
  }
  received_ = std::move(received);
  received_holds_ = true;
  return absl::OkStatus();
}

absl::StatusOr<FlowStore::Added> FlowStore::Add(const flows::Flow& flow) {
  if (pending_.full() || rollup_.bytes() >= kMaxRollupBytes) FB_RETURN_IF_ERROR(Flush());
  if (!received_holds_) FB_RETURN_IF_ERROR(LoadReceived());
  const RunOf run{.reporter = flow.reporter.principal, .run_id = flow.run_id};
  if (!received_.Add(run, flow.sequence)) return Added::kDuplicate;
  if (flow.event == flows::kLostEvent) {
    rollup_.AddLoss(flow);
  } else if (flow.event == flows::kRollupEvent) {
    rollup_.AddReport(flow);
  } else if (flows::TellsOfFlow(flow)) {
    rollup_.Add(flow);
    pending_.Add(flow, clock_->WallNow(), budget_.UsedUp(run.reporter));
  }
  return Added::kNew;
}

absl::Status FlowStore::Flush() {
  if (!received_holds_) FB_RETURN_IF_ERROR(LoadReceived());
  if (pending_.rows() == 0 && rollup_.empty() && received_.changed().empty() && findings_.empty()) {
    return absl::OkStatus();
  }
  const size_t rows = pending_.rows();
  const absl::StatusOr<std::vector<std::string>> files = EncodeSegments();
  absl::Status saved = files.ok() ? Save(*files) : files.status();
  pending_.Clear();
  rollup_.Clear();
  findings_.Clear();
  received_.Saved();
  if (!saved.ok()) {
    received_holds_ = false;  // what was not saved has not come
    return saved;
  }
  rows_ += rows;
  for (const std::string& file : *files) bytes_ += file.size();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FlowStore::EncodeSegments() {
  std::vector<std::string> files;
  for (auto& [key, segment] : pending_.segments()) {
    segment.rows = segment.builder.rows();
    FB_ASSIGN_OR_RETURN(std::string file, segment.builder.Finish());
    files.push_back(std::move(file));
  }
  return files;
}

absl::Status FlowStore::Save(const std::vector<std::string>& files) {
  const absl::Time now = clock_->WallNow();
  FB_ASSIGN_OR_RETURN(const int64_t first, ReserveNumbers(files.size()));
  budget_.Begin(now);
  FB_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(catalog_));
  FB_ASSIGN_OR_RETURN(Parties parties, rollup_.Save(catalog_, budget_, now));
  FB_RETURN_IF_ERROR(SaveSegments(first, files, parties));
  FB_RETURN_IF_ERROR(SaveFindings(now));
  FB_RETURN_IF_ERROR(budget_.Save(catalog_));
  FB_RETURN_IF_ERROR(SaveReceived());
  return transaction.Commit();
}

// ReserveNumbers makes sure that the files of so many segments are known for ours after a crash; it
// returns the first of their numbers.
absl::StatusOr<int64_t> FlowStore::ReserveNumbers(size_t count) {
  FB_ASSIGN_OR_RETURN(const int64_t last, FirstNumber(catalog_, kLastSegment));
  if (count <= 1) return last + 1;  // see DeleteOrphans
  FB_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(catalog_));
  const int64_t most = last + static_cast<int64_t>(count);
  FB_RETURN_IF_ERROR(catalog_.Run(absl::StrCat(
      "INSERT INTO segment (id, rows, bytes, first_us, last_us, ages_from_us) VALUES (", most,
      ", 0, 0, 0, 0, 0); DELETE FROM segment WHERE id = ", most)));
  FB_RETURN_IF_ERROR(transaction.Commit());
  return last + 1;
}

absl::Status FlowStore::SaveSegments(int64_t first, const std::vector<std::string>& files,
                                     Parties& parties) {
  if (files.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(Statement insert,
                      Statement::Prepare(catalog_,
                                         "INSERT INTO segment (rows, bytes, first_us, last_us, "
                                         "ages_from_us, reporter, parties, id) VALUES (?1, ?2, "
                                         "?3, ?4, ?5, ?6, ?7, ?8)"));
  // Who has no name of its own in the catalog is in it as one of the others.
  FB_ASSIGN_OR_RETURN(
      Statement is_in,
      Statement::Prepare(catalog_,
                         "INSERT OR IGNORE INTO party_segment (party, segment) VALUES (?1, ?2)"));
  const absl::Time now = clock_->WallNow();
  const int64_t now_us = absl::ToUnixMicros(now);
  auto file = files.begin();
  int64_t id = first;
  for (const auto& [key, segment] : pending_.segments()) {
    insert.Bind(1, static_cast<int64_t>(segment.rows))
        .Bind(2, static_cast<int64_t>(file->size()))
        .Bind(3, segment.first_us)
        .Bind(4, segment.last_us)
        .Bind(5, std::min(segment.last_us, now_us))
        .Bind(6, absl::string_view(key.first))
        .Bind(7, static_cast<int64_t>(segment.parties.size()))
        .Bind(8, id);
    FB_RETURN_IF_ERROR(insert.Run());
    FB_RETURN_IF_ERROR(WriteSegment(SegmentPath(folder_->path, id), *file++));
    for (const std::string& party : segment.parties) {
      // A reporter pays for what is in segments of its own. What it cannot pay for is found as the
      // others are: by a look at all of the segment.
      const bool paid = key.first.empty() || budget_.SpendFor(key.first, party, kIndexRowBytes);
      if (!paid) FB_RETURN_IF_ERROR(Rollup::NameOthers(catalog_, now, &parties));
      FB_RETURN_IF_ERROR(is_in.Bind(1, parties.IdOf(paid ? party : kOthers)).Bind(2, id).Run());
    }
    ++id;
  }
  return SyncFolder(SegmentsFolder(folder_->path));
}

// SaveFindings says as well whose names and sums were not told apart.
absl::Status FlowStore::SaveFindings(absl::Time now) {
  for (const auto& [reporter, count] : budget_.refused()) {
    among_others_ += count;
    findings_.Add({.time = now,
                   .kind = "CATALOG",
                   .sender = reporter,
                   .claimed = "",
                   .detail = "more names, edges and sums in a day than one reporter may add",
                   .lines = count});
  }
  return findings_.Save(catalog_, budget_);
}

absl::Status FlowStore::SaveReceived() {
  FB_ASSIGN_OR_RETURN(
      Statement forget,
      Statement::Prepare(
          catalog_,
          "DELETE FROM received WHERE reporter = ?1 AND run_id = ?2 AND first_sequence = ?3"));
  FB_ASSIGN_OR_RETURN(
      Statement save,
      Statement::Prepare(catalog_,
                         "INSERT OR REPLACE INTO received (reporter, run_id, first_sequence, "
                         "last_sequence, grew) VALUES (?1, ?2, ?3, ?4, ?5)"));
  save.Bind(5, absl::ToUnixSeconds(clock_->WallNow()));
  for (const RunOf& run : received_.changed()) {
    const absl::string_view reporter = run.reporter;
    const absl::string_view run_id = run.run_id;
    const SequenceSet& set = received_.Run(run);
    for (const uint64_t first : set.touched()) {
      const auto range = set.ranges().find(first);
      const bool gone = range == set.ranges().end();
      Statement& statement = gone ? forget : save;
      statement.Bind(1, reporter).Bind(2, run_id).Bind(3, static_cast<int64_t>(first));
      if (!gone) statement.Bind(4, static_cast<int64_t>(range->second));
      FB_RETURN_IF_ERROR(statement.Run());
    }
  }
  return absl::OkStatus();
}

// ForgetRuns is part of a transaction. Should that fail, runs that are as old are known no more
// until the next Open. A run that has grown since the last Flush stays.
absl::Status FlowStore::ForgetRuns(absl::Time before) {
  FB_ASSIGN_OR_RETURN(
      Statement old,
      Statement::Prepare(
          catalog_,
          "SELECT DISTINCT reporter, run_id FROM received AS old WHERE grew < ?1 AND NOT EXISTS ("
          "SELECT 1 FROM received AS range WHERE range.reporter = old.reporter AND range.run_id = "
          "old.run_id AND range.grew >= ?1)"));
  old.Bind(1, absl::ToUnixSeconds(before));
  std::vector<RunOf> runs;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, old.Step());
    if (!more) break;
    RunOf run{.reporter = std::string(old.Text(0)), .run_id = std::string(old.Text(1))};
    if (!received_.changed().contains(run)) runs.push_back(std::move(run));
  }
  FB_ASSIGN_OR_RETURN(
      Statement forget,
      Statement::Prepare(catalog_, "DELETE FROM received WHERE reporter = ?1 AND run_id = ?2"));
  for (const RunOf& run : runs) {
    received_.Forget(run);
    FB_RETURN_IF_ERROR(forget.Bind(1, absl::string_view(run.reporter))
                           .Bind(2, absl::string_view(run.run_id))
                           .Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<FlowStore::Retired> FlowStore::Retain(const Retention& retention) {
  const absl::Time now = clock_->WallNow();
  FB_ASSIGN_OR_RETURN(Outgrown outgrown, FindOutgrown(catalog_, retention, now));
  FB_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(catalog_));
  FB_RETURN_IF_ERROR(ForgetSegments(catalog_, outgrown.segments));
  if (retention.max_edge_age > absl::ZeroDuration()) {
    FB_RETURN_IF_ERROR(ForgetSums(catalog_, now - retention.max_edge_age));
  }
  if (retention.max_run_age > absl::ZeroDuration()) {
    FB_RETURN_IF_ERROR(ForgetRuns(now - retention.max_run_age));
  }
  FB_RETURN_IF_ERROR(TrimCatalog(catalog_, retention, now, &outgrown));
  FB_RETURN_IF_ERROR(transaction.Commit());
  for (const int64_t id : outgrown.segments) unlink(SegmentPath(folder_->path, id).c_str());
  return Retired{
      .segments = outgrown.segments.size(), .rows = outgrown.rows, .bytes = outgrown.bytes};
}

}  // namespace firebreak::store
