// A folder of stored flows: segments of rows, and beside them a catalog in SQLite.
#ifndef FIREBREAK_STORE_FLOW_STORE_H_
#define FIREBREAK_STORE_FLOW_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/flow.h"
#include "store/findings.h"
#include "store/received.h"
#include "store/rollup.h"
#include "store/segment.h"
#include "store/sqlite.h"

namespace firebreak::store {

// The folder:
//   catalog.db       SQLite: segments, identities and which segments they are in, edges by the
//                    minute, losses, findings, which lines of which runs have come, and by which
//                    of the sidecars' sinks
//   segments/N.seg   rows, see segment.h; written once, never changed
//   lock             held by the one writer
// A segment is written, synced and named before the catalog speaks of it, and taken out of the
// catalog before it is deleted. So a crash leaves nothing worse than a file that nobody speaks of,
// which the next writer deletes.

// Retention bounds what is kept; zero means no bound.
struct Retention {
  uint64_t max_bytes = 0;                         // of segments
  absl::Duration max_age = absl::ZeroDuration();  // of rows
  // Of edges by the minute, sums of sidecars, losses, findings, and of who was seen last.
  absl::Duration max_edge_age = absl::ZeroDuration();
  absl::Duration max_run_age = absl::ZeroDuration();  // of what is known of a run since it grew
};

// FlowStore writes. For one thread; a second writer, in any process, is refused.
class FlowStore {
 public:
  // Open makes the folder where it is absent. The clock outlives the store. What is added comes
  // from a sidecar's sink of that name, and what LOST lines say that others lost, this store has.
  static absl::StatusOr<FlowStore> Open(const std::string& folder, const Clock& clock,
                                        absl::string_view sink = "file");
  FlowStore(FlowStore&&) noexcept;
  FlowStore& operator=(FlowStore&&) = delete;
  ~FlowStore();

  // HasRoom: whether lines of this run would be told from others, see Received.
  bool HasRoom(const RunOf& run) const { return received_.HasRoom(run); }

  enum class Added { kNew, kDuplicate };
  // Add takes a line. It is kept in memory until Flush, or until a segment is full, which it is
  // after so many rows or so much text. A line that is known by its reporter, run and sequence is a
  // duplicate; lines without run or sequence are always new.
  absl::StatusOr<Added> Add(const flows::Flow& flow);
  // AddFinding takes a finding, for the next Flush.
  void AddFinding(const Finding& finding) { findings_.Add(finding); }
  // Flush makes everything that was added durable, in one step: after a crash all of it is there,
  // or nothing since the last Flush or full segment. After an error nothing was added since then.
  absl::Status Flush();

  struct Retired {
    size_t segments = 0;
    uint64_t rows = 0;
    uint64_t bytes = 0;
  };
  // Retain deletes the oldest segments until the bounds hold for what was flushed. It needs no
  // Flush to succeed: what it frees may be what the next one needs.
  absl::StatusOr<Retired> Retain(const Retention& retention);

  uint64_t rows() const { return rows_; }    // that Flush has made durable since Open
  uint64_t bytes() const { return bytes_; }  // of their segments

 private:
  struct Folder;  // paths, lock
  FlowStore(std::unique_ptr<Folder> folder, Database catalog, const Clock& clock);

  absl::Status Prepare(absl::string_view sink);
  absl::StatusOr<std::vector<int64_t>> Orphans() const;  // files that the catalog does not name
  absl::Status DeleteOrphans(bool fresh);
  absl::Status LoadReceived();
  absl::Status Save(size_t rows, const std::string& file);
  absl::Status SaveSegment(int64_t id, const std::string& file);
  absl::Status SaveReceived();
  absl::Status ForgetRuns(absl::Time before);
  absl::Status ForgetSums(absl::Time before);
  absl::StatusOr<std::vector<int64_t>> Outgrown(const Retention& retention, absl::Time now,
                                                Retired* retired);

  std::unique_ptr<Folder> folder_;
  Database catalog_;
  const Clock* clock_;
  Received received_;
  bool received_holds_ = false;  // what is in received_ is what the catalog says, and was added
  SegmentBuilder builder_;
  Rollup rollup_;
  Findings findings_;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
};

// SegmentFile is one segment as the catalog names it.
struct SegmentFile {
  int64_t id = 0;
  std::string path;
};

// CatalogPath is where the catalog of a folder is.
std::string CatalogPath(const std::string& folder);

// OpenCatalog opens it to read. NotFound: there is no store in the folder.
absl::StatusOr<Database> OpenCatalog(const std::string& folder);

// SegmentQuestion narrows down which segments may hold what is asked for.
struct SegmentQuestion {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  std::vector<std::string> parties;  // all of these are in it: a principal, or an address
  int64_t after = 0;                 // only those that were added after the segment with this id
};
absl::StatusOr<std::vector<SegmentFile>> SegmentsFor(const Database& catalog,
                                                     const std::string& folder,
                                                     const SegmentQuestion& question);

// ReadSegment reads the file of one whole. NotFound: it was retired since the catalog was asked.
// DataLoss: it is not there, and the catalog still names it.
absl::StatusOr<std::string> ReadSegment(const Database& catalog, const SegmentFile& segment);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_FLOW_STORE_H_
