// Spool keeps batches on disk until a receiver has them.
#ifndef FIREBREAK_FLOWS_SPOOL_H_
#define FIREBREAK_FLOWS_SPOOL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/mutex.h"
#include "flows/loss_ledger.h"
#include "flows/sink.h"
#include "flows/spool_frame.h"

namespace firebreak::flows {

struct SpoolOptions {
  std::string folder = {};  // made when it is not there, mode 0750; of this sidecar alone
  uint64_t max_bytes = uint64_t{256} << 20;
  absl::Duration max_age = absl::Hours(24 * 7);
  uint64_t segment_bytes = uint64_t{1} << 20;
};

// Spool is a row of segment files (spool_frame.h), the oldest first. A batch is in the spool once
// Append has returned, whatever becomes of the process then, and until it was acknowledged. What
// was given out and not acknowledged when the process ended is given out again by the next one.
//
// What it cannot keep is noted in the ledger: the oldest where there is no more room or it is too
// old, what can no longer be read, and a batch that the disk refuses though nothing older is left
// to make room. Age is time that has passed, whatever the wall clock is set to; of lines of an
// earlier process that clock is all there is to go by, so they have some time left in any case, and
// never more than new ones. The segment of a piece that is given out stays until the piece is
// acknowledged: nobody knows yet whether its lines have arrived, and they must not count as both.
// For two threads: one that appends, one that reads and acknowledges.
class Spool {
 public:
  // Open finds what an earlier process left. run is the run_id of the lines to come. The ledger
  // outlives the spool. Errors: the folder cannot be had, or another process has it.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(SpoolOptions options, uint64_t run,
                                                     LossLedger& losses, const Clock& clock);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Append takes a batch in, or notes its loss; a status that is not OK says why it was lost.
  absl::Status Append(const Batch& batch);

  // Piece is a stretch of the oldest segment. All of a segment is of one run.
  struct Piece {
    Batch batch = {};
    bool own_run = true;  // false: sequences are those of an earlier run
    uint64_t end = 0;     // offset
  };
  // Front returns the oldest lines, about max_text bytes of them at most; nothing when all were
  // acknowledged; an error when they cannot be read now, and may be later: a segment that the disk
  // has not given back for a minute is damaged. After a piece it is called again only after
  // Acknowledge.
  absl::StatusOr<std::optional<Piece>> Front(size_t max_text);
  // Acknowledge forgets a piece, which must be what Front returned last.
  void Acknowledge(const Piece& piece);

  // SetAside appends lines that the receiver refuses to `refused.jsonl` in the folder, for people
  // to look at; nothing once that file holds kMaxAsideBytes.
  static constexpr uint64_t kMaxAsideBytes = uint64_t{16} << 20;
  absl::Status SetAside(const std::string& lines);

  uint64_t bytes() const;
  // How long ago the oldest line that was not acknowledged was made; zero where there is none.
  absl::Duration lag() const;

 private:
  struct Segment {
    uint64_t number = 0;
    uint64_t size = 0;
    uint64_t read = 0;   // bytes that were acknowledged
    uint64_t lines = 0;  // that were not
    bool own_run = false;
    uint64_t first_sequence = 0;  // of these lines, where they are of this run
    uint64_t last_sequence = 0;
    MonoTime first_time = MonoTime::max();
    MonoTime last_time = MonoTime::min();
  };

  Spool(SpoolOptions options, uint64_t run, int lock_fd, LossLedger& losses, const Clock& clock);
  MonoTime MadeAt(absl::Time time) const;
  absl::Status Recover() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string PathOf(uint64_t number) const;
  int StartSegment() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseSegment() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int Write(const std::string& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool DropLines() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropAged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Droppable is the index of the oldest segment that may be dropped.
  size_t Droppable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return given_out_ ? 1 : 0; }
  void Remove(size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> ReadUnread(const Segment& segment) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool GiveUp(Segment& segment, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteDamage(uint64_t places, uint64_t lines, Segment& segment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::optional<Piece>> Collect(Segment& segment, size_t max_text)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SpoolOptions options_;
  const uint64_t run_;
  const int lock_fd_;
  LossLedger& losses_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::deque<Segment> segments_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool given_out_ ABSL_GUARDED_BY(mutex_) = false;   // a piece of the first segment is
  uint64_t unreadable_ ABSL_GUARDED_BY(mutex_) = 0;  // the segment that could not be read last
  MonoTime unreadable_since_ ABSL_GUARDED_BY(mutex_);
  int fd_ ABSL_GUARDED_BY(mutex_) = -1;  // of the last segment while that is open for appending
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SPOOL_H_
