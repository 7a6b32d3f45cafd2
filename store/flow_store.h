// A folder of stored flows: segments of rows, and beside them a catalog in SQLite.
#ifndef FIREBREAK_STORE_FLOW_STORE_H_
#define FIREBREAK_STORE_FLOW_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/flow.h"
#include "store/findings.h"
#include "store/pending_segments.h"
#include "store/received.h"
#include "store/reporter_budget.h"
#include "store/retention.h"
#include "store/rollup.h"
#include "store/sqlite.h"

namespace firebreak::store {

// The folder:
//   catalog.db       SQLite: segments, identities and which segments they are in, edges by the
//                    minute, losses, findings, which lines of which runs have come, by which of
//                    the sidecars' sinks, and what reporters have spent of their shares
//   segments/N.seg   rows, see segment.h; written once, never changed
//   lock             held by the one writer
// A segment is written, synced and named before the catalog speaks of it, and taken out of the
// catalog before it is deleted. So a crash leaves nothing worse than files that nobody speaks of,
// which the next writer deletes.

// ReporterShare is what one of those who report to a store may take up of it, so that nobody makes
// it forget what others have reported. It is for stores of lines that come from strangers.
struct ReporterShare {
  bool own_segments = false;   // see PendingSegments
  uint64_t catalog_bytes = 0;  // that it may add in a day, see ReporterBudget; 0 is without end
};

// FlowStore writes. For one thread; a second writer, in any process, is refused.
class FlowStore {
 public:
  // Open makes the folder where it is absent. The clock outlives the store. What is added comes
  // from a sidecar's sink of that name, and what LOST lines say that others lost, this store has.
  static absl::StatusOr<FlowStore> Open(const std::string& folder, const Clock& clock,
                                        absl::string_view sink = "file",
                                        const ReporterShare& share = {});
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
  // How many names, edges and sums were not told apart since the last call, since their reporters
  // had nothing left.
  uint64_t TakeAmongOthers() { return std::exchange(among_others_, 0); }

 private:
  struct Folder;  // paths, lock
  FlowStore(std::unique_ptr<Folder> folder, Database catalog, const Clock& clock,
            const ReporterShare& share);

  absl::Status Prepare(absl::string_view sink);
  absl::StatusOr<std::vector<int64_t>> Orphans() const;  // files that the catalog does not name
  absl::Status DeleteOrphans(bool fresh);
  absl::Status LoadReceived();
  absl::StatusOr<std::vector<std::string>> EncodeSegments();
  absl::Status Save(const std::vector<std::string>& files);
  absl::StatusOr<int64_t> ReserveNumbers(size_t count);
  absl::Status SaveSegments(int64_t first, const std::vector<std::string>& files, Parties& parties);
  absl::Status SaveFindings(absl::Time now);
  absl::Status SaveReceived();
  absl::Status ForgetRuns(absl::Time before);

  std::unique_ptr<Folder> folder_;
  Database catalog_;
  const Clock* clock_;
  Received received_;
  bool received_holds_ = false;  // what is in received_ is what the catalog says, and was added
  PendingSegments pending_;
  Rollup rollup_;
  ReporterBudget budget_;
  Findings findings_;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  uint64_t among_others_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_FLOW_STORE_H_
