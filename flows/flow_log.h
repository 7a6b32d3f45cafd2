// The flow log of one sidecar: a thread that drains the workers' rings into a file.
#ifndef FIREBREAK_FLOWS_FLOW_LOG_H_
#define FIREBREAK_FLOWS_FLOW_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "flows/doorbell.h"
#include "flows/file_sink.h"
#include "flows/json_encoder.h"
#include "flows/record.h"
#include "flows/ring.h"

namespace firebreak::flows {

struct FlowLogOptions {
  std::string path;  // "-" or "/dev/stdout": standard output
  Reporter reporter;
  size_t ring_slots = Ring::kDefaultSlots;
};

// FlowLogStats counts since the log was opened.
struct FlowLogStats {
  uint64_t records_written = 0;    // lines handed to the kernel, LOST lines included
  uint64_t records_dropped = 0;    // found their ring full
  uint64_t records_unwritten = 0;  // given up because the file could not be written
  uint64_t bytes_written = 0;
  uint64_t write_errors = 0;
};

// FlowLog owns the rings, the flow thread and the file. Life: Open, one AddRing per worker, Start,
// then workers push while it runs; Stop once the workers have stopped. The destructor stops.
// Whatever a ring or the file loses is counted, and a LOST line stands where the loss was.
class FlowLog {
 public:
  // Open creates or appends to the file (mode 0640). The error names the file.
  static absl::StatusOr<std::unique_ptr<FlowLog>> Open(FlowLogOptions options,
                                                       const Clock& clock = Clock::Real());
  ~FlowLog();
  FlowLog(const FlowLog&) = delete;
  FlowLog& operator=(const FlowLog&) = delete;

  // AddRing returns the ring of one worker, which lives as long as the log. Before Start only.
  Ring& AddRing();
  void Start();

  // Flush returns when every record pushed before the call was offered to the file. Any thread but
  // the flow thread; returns at once when the log does not run.
  void Flush();
  // Stop drains what was pushed, writes it and ends the thread. Safe to call twice.
  void Stop();
  // Reopen closes and opens the file by its name, after a rotation. Returns at once; a failure is
  // logged, and the old file stays in use.
  void Reopen();

  FlowLogStats stats() const;

 private:
  struct Source {
    std::unique_ptr<Ring> ring;
    uint64_t reported_drops = 0;  // of the ring's dropped(), those a LOST line tells of
  };

  FlowLog(FlowLogOptions options, const Clock& clock, FileSink sink);
  void Run();
  bool Drain();
  bool DrainRing(Source& source);
  void ReportDrops(Source& source, uint64_t dropped);
  void AppendRecord(const Record& record);
  void AppendLost(uint64_t count, LostCause cause);
  void WriteOut();
  void GiveUpPending();
  void Doze(int idle_rounds);

  const Clock& clock_;
  const size_t ring_slots_;
  JsonEncoder encoder_;
  Doorbell doorbell_;
  std::vector<Source> sources_;  // fixed once the thread runs

  // Of the flow thread alone.
  FileSink sink_;
  uint64_t sequence_ = 0;
  bool write_failed_ = false;      // in this round
  uint64_t untold_unwritten_ = 0;  // records given up that no LOST line tells of yet
  uint64_t errors_since_log_ = 0;
  std::optional<MonoTime> last_error_log_;

  // Counters, written by the flow thread.
  std::atomic<uint64_t> records_written_{0};
  std::atomic<uint64_t> records_unwritten_{0};
  std::atomic<uint64_t> bytes_written_{0};
  std::atomic<uint64_t> write_errors_{0};

  std::atomic<bool> stop_{false};
  std::atomic<bool> reopen_{false};
  // A flush takes the next number and waits until the flow thread has answered it. The highest
  // number is answered while no thread runs.
  static constexpr uint64_t kAllAnswered = UINT64_MAX;
  std::atomic<uint64_t> flush_asked_{0};
  std::atomic<uint64_t> flush_answered_{kAllAnswered};
  std::thread thread_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_LOG_H_
