#include "collector/collector_metrics.h"

#include "absl/strings/str_cat.h"

namespace firebreak::collector {
namespace {

void Family(std::string* out, absl::string_view name, absl::string_view type,
            absl::string_view help) {
  absl::StrAppend(out, "# HELP firebreak_collector_", name, " ", help,
                  "\n# TYPE firebreak_collector_", name, " ", type, "\n");
}

void Single(std::string* out, absl::string_view name, absl::string_view type,
            absl::string_view help, uint64_t value) {
  Family(out, name, type, help);
  absl::StrAppend(out, "firebreak_collector_", name, " ", value, "\n");
}

// A label is `result="stored"`.
void Labelled(std::string* out, absl::string_view name, absl::string_view label, uint64_t value) {
  absl::StrAppend(out, "firebreak_collector_", name, "{", label, "} ", value, "\n");
}

void Quarantine(const QuarantineFeedStats& stats, std::string* out) {
  Single(out, "quarantine_serial", "gauge",
         "Serial of the quarantine list that is given out; 0: none was read yet.", stats.serial);
  Single(out, "quarantine_sidecars", "gauge",
         "Sidecars that take quarantine lists from here and are connected.", stats.sidecars);
  Single(out, "quarantine_sidecars_current", "gauge",
         "Those of them that say that they have this list, or a newer one.", stats.current);
  Single(out, "quarantine_list_rejections_total", "counter",
         "Files that were no signed list; the last one stayed.", stats.refusals);
  Single(out, "quarantine_list_missing", "gauge",
         "1 while the file is not there; the last one stays.", stats.missing ? 1 : 0);
}

}  // namespace

std::string CollectorMetrics(const CollectorMetricsInput& input) {
  const IntakeStats& intake = input.intake;
  const ServerStats& server = input.server;
  std::string out;
  Single(&out, "ready", "gauge", "Whether the store takes batches.", input.ready ? 1 : 0);
  Family(&out, "batches_total", "counter",
         "Batches received. foreign: of another identity than the sender's; put_off: the store had "
         "failed.");
  Labelled(&out, "batches_total", "result=\"stored\"", intake.batches);
  Labelled(&out, "batches_total", "result=\"foreign\"", intake.batches_foreign);
  Labelled(&out, "batches_total", "result=\"unreadable\"", intake.batches_unreadable);
  Labelled(&out, "batches_total", "result=\"put_off\"", intake.batches_put_off);
  Family(&out, "lines_total", "counter", "Lines of batches, likewise.");
  Labelled(&out, "lines_total", "result=\"stored\"", intake.lines_stored);
  Labelled(&out, "lines_total", "result=\"duplicate\"", intake.lines_duplicate);
  Labelled(&out, "lines_total", "result=\"foreign\"", intake.lines_foreign);
  Labelled(&out, "lines_total", "result=\"unreadable\"", intake.lines_unreadable);
  Single(&out, "received_bytes_total", "counter", "Bytes of lines that were stored or known.",
         intake.text_bytes);
  Single(&out, "connections", "gauge", "Connections that are open.", input.connections);
  Single(&out, "connections_accepted_total", "counter", "Connections that were accepted.",
         server.accepted);
  Single(&out, "connections_turned_away_total", "counter",
         "Connections closed at once, beyond the most that are served.", server.turned_away);
  Single(&out, "handshakes_failed_total", "counter",
         "Senders that did not prove to be trusted, or are no more.", server.handshakes_failed);
  Family(&out, "messages_refused_total", "counter",
         "Messages put off since too many waited for room: of the sender's identity, or in all.");
  Labelled(&out, "messages_refused_total", "reason=\"identity\"", server.crowded_by_one);
  Labelled(&out, "messages_refused_total", "reason=\"all\"", server.crowded_by_all);
  Single(&out, "messages_waiting", "gauge", "Messages that wait for room.",
         server.messages_waiting);
  Single(&out, "message_held_bytes", "gauge", "Memory set aside for messages under way.",
         server.message_bytes_held);
  Single(&out, "journal_bytes", "gauge", "Bytes received and not yet in a segment.",
         input.journal_bytes);
  Single(&out, "flushes_total", "counter", "Flushes of the journal into the store.",
         intake.flushes);
  Family(&out, "longest_flush_seconds", "gauge", "The longest flush since the start.");
  absl::StrAppend(&out, "firebreak_collector_longest_flush_seconds ",
                  std::chrono::duration<double>(intake.longest_flush).count(), "\n");
  Single(&out, "store_failures_total", "counter", "Times that the disk or the catalog has failed.",
         intake.failures);
  Single(&out, "journal_damaged_places_total", "counter",
         "Places of the journal whose lines were lost though they had a receipt.",
         intake.journal_damaged_places);
  Single(&out, "catalog_others_total", "counter",
         "Names, edges and sums counted as (others): beyond what one reporter may add in a day.",
         intake.catalog_among_others);
  Single(&out, "retired_segments_total", "counter", "Segments deleted by retention.",
         intake.retired_segments);
  Single(&out, "retired_rows_total", "counter", "Flows deleted by retention.", intake.retired_rows);
  if (input.quarantine.has_value()) Quarantine(*input.quarantine, &out);
  return out;
}

}  // namespace firebreak::collector
