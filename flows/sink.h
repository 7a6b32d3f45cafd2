// Where lines of the flow log go, and what became of them.
#ifndef FIREBREAK_FLOWS_SINK_H_
#define FIREBREAK_FLOWS_SINK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/json_encoder.h"

namespace firebreak::flows {

// Batch is a piece of the log: whole lines, each with its line feed, and all of them from
// first_sequence to last_sequence. losses are those that its LOST lines tell of. Immutable once it
// is shared; every sink is given the same.
struct Batch {
  std::string text = {};
  uint64_t lines = 0;
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  std::vector<Loss> losses = {};
  MonoTime made_at = {};
  // Whether somebody may wait for one of its lines: it is LOST, or of a record that is not ordinary
  // (see IsOrdinary). What only waits for more to come along with is sent without delay then.
  bool awaited = false;
};
using SharedBatch = std::shared_ptr<const Batch>;

// Delivery is what became of a batch.
struct Delivery {
  enum class Fate : uint8_t {
    kTaken,    // the receiver has it
    kLater,    // it does not, and may have it when it is offered again
    kRefused,  // it never will
  };
  Fate fate = Fate::kTaken;
  std::string detail = {};                     // kLater and kRefused: why, for people
  absl::Duration wait = absl::ZeroDuration();  // kLater: at least so long, if the receiver said so
  uint64_t refused_lines = 0;                  // kTaken: but for so many lines

  static Delivery Taken() { return {}; }
  static Delivery Later(std::string why) {
    return {.fate = Fate::kLater, .detail = std::move(why)};
  }
  static Delivery Refused(std::string why) {
    return {.fate = Fate::kRefused, .detail = std::move(why)};
  }
};

// SinkStats counts since the start.
struct SinkStats {
  std::string name;
  uint64_t lines_written = 0;
  uint64_t bytes_written = 0;
  std::array<uint64_t, kLostCauseCount> lines_lost{};  // by LostCause
  uint64_t failures = 0;                               // deliveries that were put off
  uint64_t queue_bytes = 0;                            // now
  uint64_t spool_bytes = 0;                            // now
  absl::Duration lag;  // age of the oldest line that has not been delivered

  uint64_t TotalLost() const;
};

// FlowSink delivers batches to one receiver. Deliver and Reopen are called by one thread at a time,
// the sink's own, and may block for as long as the sink's time-outs say; nothing else waits for it.
class FlowSink {
 public:
  virtual ~FlowSink() = default;

  // MostBytes is how large a batch may be without a limit of this sink's giving way to it. Any
  // thread.
  virtual size_t MostBytes() const { return SIZE_MAX; }
  // Deliver is called again with the same batch after kLater.
  virtual Delivery Deliver(const Batch& batch) = 0;
  // Reopen opens a file by its name, after a rotation by others.
  virtual void Reopen() {}
  // Stop is called once, after the last Deliver.
  virtual void Stop() {}
  // AmendStats and TakeLosses tell of what a sink does behind Deliver. Any thread.
  virtual void AmendStats(SinkStats* /*stats*/) const {}
  virtual std::vector<Loss> TakeLosses() { return {}; }
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SINK_H_
