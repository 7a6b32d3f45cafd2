// The flow log of one sidecar: a thread that drains the workers' rings, and the sinks it feeds.
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

#include "base/clock.h"
#include "flows/doorbell.h"
#include "flows/edge_rollup.h"
#include "flows/line_chain.h"
#include "flows/record.h"
#include "flows/ring.h"
#include "flows/sampler.h"
#include "flows/sink.h"
#include "flows/sink_queue.h"

namespace firebreak::flows {

// NamedSink: the name is a label of metrics and stands in LOST lines.
struct NamedSink {
  std::string name;
  std::unique_ptr<FlowSink> sink;
};

struct FlowLogOptions {
  LineChainOptions chain;
  std::vector<NamedSink> sinks;
  size_t ring_slots = Ring::kDefaultSlots;
  size_t sink_queue_bytes = size_t{4} << 20;  // of each sink
  uint64_t sample_one_in = 1;                 // see Sampler
  size_t rollup_edges = 0;                    // see EdgeRollup
};

// FlowLogStats counts since the start.
struct FlowLogStats {
  uint64_t records_written = 0;  // taken into the log; what becomes of its lines, each sink knows
  uint64_t records_dropped = 0;  // found their ring full
  std::vector<SinkStats> sinks;
};

// FlowLog owns the rings, the flow thread and the sinks with theirs. Life: one AddRing per worker,
// Start, then workers push while it runs; Stop once the workers have stopped. The destructor stops.
// Nothing waits for a sink: neither a worker, nor the flow thread, nor another sink. What a ring
// loses is told by a LOST line in its place; what a sink loses by one before the next HEAD line.
class FlowLog {
 public:
  explicit FlowLog(FlowLogOptions options, const Clock& clock = Clock::Real());
  ~FlowLog();
  FlowLog(const FlowLog&) = delete;
  FlowLog& operator=(const FlowLog&) = delete;

  // AddRing returns the ring of one worker, which lives as long as the log. Before Start only.
  Ring& AddRing();
  void Start();

  // Flush returns when every record pushed before the call has been delivered by each sink, or a
  // delivery has failed. Any thread but those of the log; at once when it does not run.
  void Flush();
  // Stop drains what was pushed, ends the log with a last HEAD line, and ends the threads. Safe to
  // call twice.
  void Stop();
  // Reopen has the sinks close and open their files by name, after a rotation. Returns at once; a
  // failure is logged, and the old file stays in use.
  void Reopen();

  FlowLogStats stats() const;

 private:
  struct Source {
    std::unique_ptr<Ring> ring;
    uint64_t reported_drops = 0;  // of the ring's dropped(), those a LOST line tells of
  };

  void Run();
  bool Drain();
  bool DrainRing(Source& source);
  void Append(const Record& record, uint64_t weight);
  void ReportDrops(Source& source, uint64_t dropped);
  void TellSums();
  void EndBatch();
  void EndChapter(bool last);
  void HandOut();
  void Doze(bool worked);

  const Clock& clock_;
  const size_t ring_slots_;
  Doorbell doorbell_;
  std::vector<Source> sources_;                    // fixed once the thread runs
  std::vector<std::unique_ptr<SinkQueue>> sinks_;  // fixed
  size_t full_batch_bytes_ = 0;                    // fixed

  // Of the flow thread alone.
  LineChain chain_;
  Sampler sampler_;
  EdgeRollup rollup_;
  std::optional<MonoTime> retry_head_at_;  // after a head that could not be signed

  std::atomic<uint64_t> records_written_{0};
  std::atomic<bool> stop_{false};
  // A flush takes the next number and waits until the flow thread has answered it. The highest
  // number is answered while no thread runs.
  static constexpr uint64_t kAllAnswered = UINT64_MAX;
  std::atomic<uint64_t> flush_asked_{0};
  std::atomic<uint64_t> flush_answered_{kAllAnswered};
  std::thread thread_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_LOG_H_
