// Intake is where batches become stored flows.
#ifndef FIREBREAK_COLLECTOR_INTAKE_H_
#define FIREBREAK_COLLECTOR_INTAKE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/complaint.h"
#include "collector/collector_stats.h"
#include "collector/journal.h"
#include "collector/wire/messages.h"
#include "flows/flow.h"
#include "store/flow_store.h"

namespace firebreak::collector {

// How long a run's lines are known after the last of them, as long as a spool may keep them and
// more.
inline constexpr absl::Duration kRunMemory = absl::Hours(24 * 31);

struct IntakeOptions {
  std::string folder;               // of the store; the journal is in it
  store::Retention retention = {};  // a run is forgotten after kRunMemory, whatever this says
  // How long flows may wait in the journal before they can be asked for.
  absl::Duration flush_after = absl::Seconds(10);
  uint64_t max_journal_bytes = uint64_t{64} << 20;  // flushed before it grows beyond
  absl::Duration retain_every = absl::Minutes(1);
};

// Intake verifies, keeps and stores. When the disk fails, it takes nothing until it could bring the
// store up again from what is durable; so a receipt is never given for what may be lost. For one
// thread; it blocks while the disk does.
class Intake {
 public:
  // Open brings in what an earlier process has left in the journal.
  static absl::StatusOr<std::unique_ptr<Intake>> Open(IntakeOptions options, const Clock& clock);

  // Take takes a message of a sender whose SVID proved `principal`. The receipt may be given once
  // Sync has returned. Errors are gRPC's: PermissionDenied and InvalidArgument are final, and
  // nothing of the batch is kept; ResourceExhausted, Unavailable: later.
  absl::StatusOr<Receipt> Take(absl::string_view principal, absl::string_view message);
  // Sync makes everything durable that Take has taken. After an error no receipt of these may be
  // given.
  absl::Status Sync();
  // Tend does what is due: flush, retention, coming back after a failure, which is tried at once
  // and then less and less often. Call it every second or so.
  void Tend();
  // Close stores what is in the journal.
  absl::Status Close();

  // Whether Take would take something.
  bool ready() const { return store_.has_value(); }
  const IntakeStats& stats() const { return stats_; }
  uint64_t journal_bytes() const { return journal_ != nullptr ? journal_->bytes() : 0; }

 private:
  Intake(IntakeOptions options, const Clock& clock);

  absl::Status Recover();
  absl::StatusOr<Journal::Damage> Replay(store::FlowStore& store);
  absl::StatusOr<size_t> Retire(store::FlowStore& store);
  absl::Status ComeBack();
  absl::StatusOr<Receipt> Keep(const PlainBatch& batch, std::vector<flows::Flow>& flows,
                               uint64_t run);
  void NoteLie(absl::string_view principal, const PlainBatch& batch, const absl::Status& why,
               const std::string& claimed);
  absl::Status NoteFlood(const std::string& principal, uint32_t lines);
  absl::Status Flush();
  absl::Status Fail(const absl::Status& why);

  const IntakeOptions options_;
  const Clock& clock_;
  std::optional<store::FlowStore> store_;  // nothing after a failure
  std::unique_ptr<Journal> journal_;       // never null while there is a store
  IntakeStats stats_;
  MonoTime flush_at_;
  MonoTime retain_at_;
  MonoTime retry_at_;  // without a store, as the next
  std::chrono::nanoseconds retry_in_{0};
  Complaint lies_;
  Complaint nonsense_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_INTAKE_H_
