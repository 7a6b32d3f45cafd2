#include "store/views.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/catalog.h"
#include "store/columns.h"
#include "store/edge_reports.h"
#include "store/moment.h"
#include "store/query.h"

namespace firebreak::store {
namespace {

std::string TypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return "text";
    case ColumnType::kNumber:
      return "integer";
    case ColumnType::kTime:
      return "text, RFC 3339 in UTC";
  }
  return "";
}

View LinesView(const std::string& name, const std::string& meaning) {
  View view{.name = name, .meaning = meaning, .columns = {}};
  for (const Column& column : Columns()) {
    view.columns.push_back(
        {.name = column.name, .type = TypeName(column.type), .meaning = "as in the flow log"});
  }
  view.columns.push_back(
      {.name = "time_us", .type = "integer", .meaning = "time, as microseconds since 1970"});
  return view;
}

View EdgesView() {
  return {
      .name = "edges",
      .meaning =
          "who talked to whom, by the minute, and by who reported it; kept for longer than "
          "flows are",
      .columns = {{"minute", "text, RFC 3339 in UTC", "start of the minute in which they ended"},
                  {"source", "text", "principal, or address of somebody unknown, or unknown"},
                  {"destination", "text", "likewise"},
                  {"direction", "text",
                   "INBOUND: what the destination reported; OUTBOUND: the "
                   "source. Ask for one of the two"},
                  {"verdict", "text", "as in the flow log"},
                  {"reason", "text", "as in the flow log; NULL: nothing went wrong"},
                  {"connections", "integer", "that ended"},
                  {"requests", "integer", "that ended"},
                  {"failed", "integer", "of both, allowed and failed: ERROR, 5xx, gRPC's"},
                  {"bytes_sent", "integer", "of bodies where there are requests"},
                  {"bytes_received", "integer", "likewise"},
                  {"duration_us", "integer", "sum, of requests where there are any"},
                  {"max_duration_us", "integer", "the longest"}}};
}

View FindingsView() {
  return {.name = "findings",
          .meaning = "what a collector refused to store, or to tell apart, by the minute",
          .columns = {
              {"minute", "text, RFC 3339 in UTC", "in which it was received"},
              {"kind", "text",
               "IDENTITY: reported for somebody the sender is not; RUNS: reports too many runs, or "
               "runs with too many gaps; CATALOG: reports more names, edges and sums in a day than "
               "one may add: these are counted as (others), and `lines` is how many they were"},
              {"sender", "text", "principal that the connection proved"},
              {"claimed", "text", "principal that was reported instead; empty: nobody"},
              {"batches", "integer", "that were refused"},
              {"lines", "integer", "of these batches"},
              {"detail", "text", "which line, of the first batch"}}};
}

std::vector<View> MakeViews() {
  return {
      LinesView("flows",
                "every connection and every request that has ended, one row each; the fields of "
                "the flow log, with dots as underscores, NULL where absent"),
      LinesView("progress",
                "OPEN and PERIODIC lines: what those that live on have told; when they have ended, "
                "their row in flows has it all, so do not add the two"),
      LinesView("unknown_events",
                "lines of events that this version does not know, since a later one wrote them; no "
                "other view counts them"),
      EdgesView(),
      EdgeReports::Description(),
      {.name = "identities",
       .meaning = "everybody who was seen at an end of a flow",
       .columns = {{"name", "text", "principal, or address of somebody unknown, or unknown"},
                   {"first", "text, RFC 3339 in UTC", "of the flows that were stored"},
                   {"last", "text, RFC 3339 in UTC", "likewise"}}},
      {.name = "losses",
       .meaning = "LOST lines: what the sidecars say is missing",
       .columns = {{"time", "text, RFC 3339 in UTC", "as in the flow log"},
                   {"reporter", "text", "reporter.principal"},
                   {"run_id", "text", "as in the flow log"},
                   {"count", "integer", "lost.count"},
                   {"cause", "text", "lost.cause"},
                   {"sink", "text", "lost.sink"}}},
      FindingsView(),
      {.name = "runs",
       .meaning = "which lines of which runs of sidecars have come: a row for each range without a "
                  "gap",
       .columns = {{"reporter", "text", "reporter.principal"},
                   {"run_id", "text", "as in the flow log"},
                   {"first_sequence", "integer", "of the range"},
                   {"last_sequence", "integer", "of the range"}}},
      {.name = "segments",
       .meaning = "the files that the rows are in",
       .columns = {{"id", "integer", "number of the file"},
                   {"rows", "integer", ""},
                   {"bytes", "integer", "on disk"},
                   {"first", "text, RFC 3339 in UTC", "time of the first row"},
                   {"last", "text, RFC 3339 in UTC", "time of the last row"}}},
  };
}

// Moment is SQL for a text that compares as the time it is; see MomentOrder.
std::string Moment(const std::string& text) {
  return absl::StrCat("(", text, ") COLLATE ", MomentOrder::kName);
}

// Unsigned is SQL for a number of 64 bits that is kept as a signed one; what does not fit is the
// largest.
std::string Unsigned(const std::string& column) {
  return absl::StrCat("iif(", column, " < 0, 9223372036854775807, ", column, ") AS ", column);
}

}  // namespace

std::string Rfc3339(const std::string& micros) {
  // Before 1970 they are less than none.
  const std::string fraction = absl::StrCat("((", micros, " % 1000000 + 1000000) % 1000000)");
  return Moment(absl::StrCat("strftime('%Y-%m-%dT%H:%M:%S', (", micros, " - ", fraction,
                             ") / 1000000, 'unixepoch') || format('.%06dZ', ", fraction, ")"));
}

const std::vector<View>& Views() {
  static const auto* const views = new std::vector<View>(MakeViews());
  return *views;
}

absl::StatusOr<std::vector<std::string>> ViewDefinitions(const Database& catalog) {
  // An earlier version may have made it, and nobody has written since.
  FB_ASSIGN_OR_RETURN(const auto reports, ColumnsOf(catalog, EdgeReports::kTable));
  return std::vector<std::string>{
      "CREATE TEMP VIEW edges AS SELECT " +
          Moment("strftime('%Y-%m-%dT%H:%M:00Z', e.minute * 60, 'unixepoch')") +
          " AS minute, s.name AS source, d.name AS destination, e.direction AS direction, "
          "e.verdict AS verdict, nullif(e.reason, '') AS reason, e.connections AS connections, "
          "e.requests AS requests, e.failed AS failed, e.bytes_sent AS bytes_sent, "
          "e.bytes_received AS bytes_received, e.duration_us AS duration_us, "
          "e.max_duration_us AS max_duration_us FROM main.edge_minute AS e "
          "JOIN main.party AS s ON s.id = e.source JOIN main.party AS d ON d.id = e.destination",
      EdgeReports::ViewDefinition(reports),
      "CREATE TEMP VIEW identities AS SELECT name, " + Rfc3339("first_us") + " AS first, " +
          Rfc3339("last_us") + " AS last FROM main.party",
      "CREATE TEMP VIEW losses AS SELECT " + Rfc3339("time_us") +
          " AS time, nullif(reporter, '') AS reporter, nullif(run_id, '') AS run_id, count, "
          "cause, nullif(sink, '') AS sink FROM main.loss",
      "CREATE TEMP VIEW findings AS SELECT " +
          Moment("strftime('%Y-%m-%dT%H:%M:00Z', minute * 60, 'unixepoch')") +
          " AS minute, kind, sender, claimed, batches, lines, detail FROM main.finding",
      "CREATE TEMP VIEW runs AS SELECT nullif(reporter, '') AS reporter, run_id, " +
          Unsigned("first_sequence") + ", " + Unsigned("last_sequence") + " FROM main.received",
      "CREATE TEMP VIEW segments AS SELECT id, rows, bytes, " + Rfc3339("first_us") +
          " AS first, " + Rfc3339("last_us") + " AS last FROM main.segment",
  };
}

}  // namespace firebreak::store
