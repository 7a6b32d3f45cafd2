#include "proxy/main/metrics.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

using filters::ConnectionStats;
using filters::RequestStats;

void Family(std::string* out, absl::string_view name, absl::string_view type,
            absl::string_view help) {
  absl::StrAppend(out, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

void Single(std::string* out, absl::string_view name, absl::string_view type,
            absl::string_view help, uint64_t value) {
  Family(out, name, type, help);
  absl::StrAppend(out, name, " ", value, "\n");
}

// SumOf adds up a counter over the workers.
template <typename Stats, typename CounterOf>
uint64_t SumOf(const std::vector<const Stats*>& workers, CounterOf counter_of) {
  uint64_t sum = 0;
  for (const Stats* stats : workers) sum += counter_of(*stats).load(std::memory_order_relaxed);
  return sum;
}

std::string DirectionLabel(int direction) {
  return absl::StrCat("direction=\"",
                      absl::AsciiStrToLower(DirectionName(static_cast<Direction>(direction))),
                      "\"");
}

void ByDirection(const MetricsInput& input, filters::CountByDirection ConnectionStats::*counters,
                 absl::string_view name, absl::string_view help, std::string* out) {
  Family(out, name, "counter", help);
  for (int d = 0; d < filters::kDirections; ++d) {
    const auto counter_of = [=](const auto& stats) -> const auto& { return (stats.*counters)[d]; };
    absl::StrAppend(out, name, "{", DirectionLabel(d), "} ", SumOf(input.workers, counter_of),
                    "\n");
  }
}

template <typename Stats>
void Ends(const std::vector<const Stats*>& workers, absl::string_view name, absl::string_view help,
          std::string* out) {
  Family(out, name, "counter", help);
  for (int d = 0; d < filters::kDirections; ++d) {
    for (int v = 0; v < filters::kVerdicts; ++v) {
      for (int r = 0; r < kReasonCount; ++r) {
        const uint64_t count = SumOf(
            workers, [=](const auto& stats) -> const auto& { return stats.ended[d][v][r]; });
        if (count == 0) continue;
        absl::StrAppend(out, name, "{", DirectionLabel(d), ",verdict=\"",
                        VerdictName(static_cast<Verdict>(v)), "\",reason=\"",
                        ReasonName(static_cast<Reason>(r)), "\"} ", count, "\n");
      }
    }
  }
}

void Connections(const MetricsInput& input, std::string* out) {
  ByDirection(input, &ConnectionStats::opened, "firebreak_connections_opened_total",
              "Connections that were allowed and whose upstream was reached.", out);
  Ends(input.workers, "firebreak_connections_ended_total",
       "Connections that have ended, by verdict and reason.", out);
  ByDirection(input, &ConnectionStats::bytes_sent, "firebreak_sent_bytes_total",
              "Payload bytes from source to destination, counted when a connection ends.", out);
  ByDirection(input, &ConnectionStats::bytes_received, "firebreak_received_bytes_total",
              "Payload bytes from destination back to source, counted when a connection ends.",
              out);
}

void Requests(const MetricsInput& input, std::string* out) {
  Ends(input.request_workers, "firebreak_requests_total",
       "HTTP requests that have ended, by verdict and reason.", out);
  Family(out, "firebreak_responses_total", "counter",
         "HTTP responses by status class; 0xx: the request was not answered.");
  for (int d = 0; d < filters::kDirections; ++d) {
    for (int c = 0; c < RequestStats::kStatusClasses; ++c) {
      const uint64_t count = SumOf(
          input.request_workers, [=](const auto& stats) -> const auto& {
            return stats.answered[d][c];
          });
      if (count == 0) continue;
      absl::StrAppend(out, "firebreak_responses_total{", DirectionLabel(d), ",class=\"", c,
                      "xx\"} ", count, "\n");
    }
  }
}

void Quarantine(const QuarantineStats& stats, std::string* out) {
  Single(out, "firebreak_quarantine_entries", "gauge", "Entries of the quarantine in force.",
         stats.in_force);
  Single(out, "firebreak_quarantine_serial", "gauge",
         "Serial of the quarantine list in force; 0: none was ever read.", stats.serial);
  Single(out, "firebreak_quarantine_reloads_total", "counter",
         "Quarantine lists that were put in force.", stats.reloads);
  Single(out, "firebreak_quarantine_rejections_total", "counter",
         "Quarantine lists that were refused; the last good one stayed.", stats.rejections);
  Single(out, "firebreak_quarantine_missing", "gauge",
         "1 while there is no quarantine list where one should be; the last good one stays.",
         stats.missing ? 1 : 0);
  if (!stats.connected.has_value()) return;
  Single(out, "firebreak_quarantine_collector_connected", "gauge",
         "1 while the collector answers and gives out quarantine lists.", *stats.connected ? 1 : 0);
}

template <typename Value>
void PerSink(const flows::FlowLogStats& stats, std::string* out, absl::string_view name,
             absl::string_view type, absl::string_view help, Value value) {
  if (stats.sinks.empty()) return;
  Family(out, name, type, help);
  for (const flows::SinkStats& sink : stats.sinks) {
    absl::StrAppend(out, name, "{sink=\"", sink.name, "\"} ", value(sink), "\n");
  }
}

void FlowLog(const flows::FlowLogStats& stats, std::string* out) {
  using flows::SinkStats;
  Single(out, "firebreak_flow_records_written_total", "counter",
         "Flow records that became lines of the log.", stats.records_written);
  Single(out, "firebreak_flow_records_dropped_total", "counter",
         "Flow records lost because a worker's ring was full.", stats.records_dropped);
  PerSink(stats, out, "firebreak_flow_sink_lines_total", "counter",
          "Lines of the flow log that a sink has delivered.",
          [](const SinkStats& s) { return s.lines_written; });
  PerSink(stats, out, "firebreak_flow_sink_bytes_total", "counter",
          "Text of the flow log that a sink has delivered.",
          [](const SinkStats& s) { return s.bytes_written; });
  PerSink(stats, out, "firebreak_flow_sink_failures_total", "counter",
          "Deliveries that failed, to be tried again.",
          [](const SinkStats& s) { return s.failures; });
  PerSink(stats, out, "firebreak_flow_sink_lag_seconds", "gauge",
          "Age of the oldest line that a sink has not delivered.",
          [](const SinkStats& s) { return absl::ToDoubleSeconds(s.lag); });
  PerSink(stats, out, "firebreak_flow_sink_queue_bytes", "gauge",
          "Lines that wait in memory for a sink.",
          [](const SinkStats& s) { return s.queue_bytes; });
  PerSink(stats, out, "firebreak_flow_sink_spool_bytes", "gauge",
          "Compressed lines that wait on disk for a sink.",
          [](const SinkStats& s) { return s.spool_bytes; });
  if (stats.sinks.empty()) return;
  Family(out, "firebreak_flow_sink_lost_lines_total", "counter",
         "Lines that a sink will never deliver, by cause.");
  for (const SinkStats& sink : stats.sinks) {
    for (int i = 0; i < flows::kLostCauseCount; ++i) {
      const auto cause = static_cast<flows::LostCause>(i);
      if (cause == flows::LostCause::kRingFull) continue;  // never a sink's
      absl::StrAppend(out, "firebreak_flow_sink_lost_lines_total{sink=\"", sink.name, "\",cause=\"",
                      flows::LostCauseName(cause), "\"} ", sink.lines_lost[i], "\n");
    }
  }
}

template <typename Value>
void PerBaseline(const std::vector<BaselineStats>& baselines, std::string* out,
                 absl::string_view name, absl::string_view type, absl::string_view help,
                 Value value) {
  if (baselines.empty()) return;
  Family(out, name, type, help);
  for (const BaselineStats& stats : baselines) {
    absl::StrAppend(out, name, "{listener=\"", stats.listener, "\"} ", value(stats), "\n");
  }
}

void Learning(const std::vector<BaselineStats>& baselines, std::string* out) {
  PerBaseline(
      baselines, out, "firebreak_baseline_enforced", "gauge",
      "1 where requests that deviate from what was learned are findings.",
      [](const BaselineStats& s) { return s.state == inspect::BaselineState::kEnforce ? 1 : 0; });
  PerBaseline(baselines, out, "firebreak_baseline_requests", "gauge",
              "Requests that the baseline has learned from, before restarts too.",
              [](const BaselineStats& s) { return s.requests; });
  PerBaseline(baselines, out, "firebreak_baseline_connections", "gauge",
              "Connections of bytes that the baseline has learned from, before restarts too.",
              [](const BaselineStats& s) { return s.connections; });
  PerBaseline(baselines, out, "firebreak_baseline_bytes", "gauge", "Memory of the baseline, about.",
              [](const BaselineStats& s) { return s.bytes; });
  PerBaseline(baselines, out, "firebreak_baseline_held_total", "counter",
              "Requests that deviated too much to be learned from.",
              [](const BaselineStats& s) { return s.held; });
  PerBaseline(baselines, out, "firebreak_baseline_dropped_total", "counter",
              "Requests and connections that were not learned from for want of room in a queue.",
              [](const BaselineStats& s) { return s.dropped; });
}

void Packs(const PackStats& packs, std::string* out) {
  Single(out, "firebreak_pack_rules", "gauge", "Rules of the packs in force.", packs.rules);
  Single(out, "firebreak_pack_reloads_total", "counter", "Rule packs that were put in force.",
         packs.reloads);
  Single(out, "firebreak_pack_rejections_total", "counter",
         "Rule packs that were refused; the last good ones stayed.", packs.rejections);
}

}  // namespace

std::string RenderMetrics(const MetricsInput& input) {
  std::string out;
  Single(&out, "firebreak_connections_open", "gauge", "Connections that live now.",
         input.live_sessions);
  Single(&out, "firebreak_held_bytes", "gauge",
         "Headers of requests under way, bodies that wait, decoders of bodies; see max_held_bytes.",
         input.held_bytes);
  Single(&out, "firebreak_inspection_errors_total", "counter",
         "Messages that inspection could not look into for a reason of its own; see fail_mode.",
         input.inspection_errors);
  Connections(input, &out);
  Requests(input, &out);
  FlowLog(input.flow_log, &out);
  Single(&out, "firebreak_policy_reloads_total", "counter", "Policies that were put in force.",
         input.policy_reloads);
  Single(&out, "firebreak_policy_rejections_total", "counter",
         "Policies that were refused; the last good one stayed.", input.policy_rejections);
  Family(&out, "firebreak_policy_longest_pause_seconds", "gauge",
         "Longest that a worker did nothing else because of a new policy.");
  absl::StrAppend(&out, "firebreak_policy_longest_pause_seconds ",
                  std::chrono::duration<double>(input.longest_policy_pause).count(), "\n");
  Single(&out, "firebreak_identity_reloads_total", "counter",
         "SVIDs and trust bundles that were put in force.", input.identity_reloads);
  Single(&out, "firebreak_identity_rejections_total", "counter",
         "SVIDs or trust bundles that were refused; the last good ones stayed.",
         input.identity_rejections);
  Learning(input.baselines, &out);
  if (input.packs.has_value()) Packs(*input.packs, &out);
  if (input.quarantine.has_value()) Quarantine(*input.quarantine, &out);
  Single(&out, "firebreak_svid_expiry_timestamp_seconds", "gauge",
         "When this sidecar's SVID expires.",
         static_cast<uint64_t>(absl::ToUnixSeconds(input.svid_not_after)));
  return out;
}

}  // namespace firebreak::proxy
