#include "flows/clickhouse_views.h"

#include <array>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "absl/types/span.h"

#include "flows/event_names.h"
#include "flows/flow_fields.h"
#include "flows/flow_json.h"

namespace firebreak::flows {
namespace {

// Rfc3339 is SQL for microseconds since 1970 as the embedded store writes a time.
std::string Rfc3339(absl::string_view micros) {
  return absl::Substitute(
      "concat(formatDateTime(toDateTime(intDiv($0, 1000000), 'UTC'), '%Y-%m-%dT%H:%M:%S'), '.', "
      "substring(toString(1000000 + $0 % 1000000), 2), 'Z')",
      micros);
}

constexpr absl::Span<const absl::string_view> kEventsOfFlows =
    absl::MakeConstSpan(kEvents).first(4);

// Quoted is SQL for a list of words.
std::string Quoted(absl::Span<const absl::string_view> words) {
  return absl::StrCat("'", absl::StrJoin(words, "', '"), "'");
}

// Said is SQL for whether a 0 of a field says something, as MeansZero has it; empty: it never does.
std::string Said(absl::string_view field) {
  std::vector<absl::string_view> always;
  std::vector<absl::string_view> of_requests;
  for (const absl::string_view event : kEventsOfFlows) {
    if (MeansZero(field, event, /*method=*/"")) {
      always.push_back(event);
    } else if (MeansZero(field, event, "GET")) {
      of_requests.push_back(event);
    }
  }
  std::vector<std::string> terms;
  if (!always.empty()) terms.push_back(absl::StrCat("event IN (", Quoted(always), ")"));
  if (!of_requests.empty()) {
    terms.push_back(absl::StrCat("(event IN (", Quoted(of_requests), ") AND http_method != '')"));
  }
  return absl::StrJoin(terms, " OR ");
}

// Cell is SQL for a field of a line, NULL where the line does not have it.
std::string Cell(const FlowField& field, const std::string& column) {
  static const Flow kNone;
  const FieldValue value = field.read(kNone);
  if (std::holds_alternative<const std::string*>(value)) {
    return absl::StrCat("nullIf(", column, ", '')");
  }
  if (std::holds_alternative<const absl::Time*>(value)) return Rfc3339("time_us");
  if (std::holds_alternative<const std::optional<uint64_t>*>(value)) return column;
  // The table has the bytes of a request's bodies there, the log has not.
  if (field.name == "bytes_sent" || field.name == "bytes_received") {
    return absl::StrCat("if(event = 'REQUEST' OR (", column, " = 0 AND NOT (", Said(field.name),
                        ")), NULL, ", column, ")");
  }
  const std::string said = Said(field.name);
  if (said.empty()) return absl::StrCat("nullIf(", column, ", 0)");
  return absl::StrCat("if(", column, " = 0 AND NOT (", said, "), NULL, ", column, ")");
}

bool IsInViews(absl::string_view field) {
  constexpr std::array<absl::string_view, 4> kNot = {"head.", "lost.", "rollup.",
                                                     "inspection.matches"};
  for (const absl::string_view prefix : kNot) {
    if (absl::StartsWith(field, prefix)) return false;
  }
  return field != "previous_hash" && field != "signature";
}

// Once is the table with each line once.
std::string Once(absl::string_view table, absl::string_view where) {
  return absl::StrCat("(SELECT * FROM ", table, " WHERE ", where,
                      " LIMIT 1 BY reporter_principal, run_id, sequence)");
}

std::string LinesView(absl::string_view table, absl::string_view where) {
  std::vector<std::string> cells;
  for (const FlowField& field : FlowFields()) {
    if (!IsInViews(field.name)) continue;
    const std::string column = absl::StrReplaceAll(field.name, {{".", "_"}});
    cells.push_back(absl::StrCat(Cell(field, absl::StrCat("l.", column)), " AS ", column));
    if (field.name == "inspection.action") {
      cells.push_back("nullIf(l.inspection_matches, '') AS inspection_matches");
    }
  }
  cells.push_back("l.time_us AS time_us");
  return absl::StrCat("SELECT\n  ", absl::StrJoin(cells, ",\n  "), "\nFROM ", Once(table, where),
                      " AS l");
}

// Party is SQL for who an end is, as the embedded store names it.
std::string Party(absl::string_view end) {
  return absl::Substitute("if($0_principal != '', $0_principal, if($0_ip != '', $0_ip, 'unknown'))",
                          end);
}

// EdgesView takes two steps, since an alias hides the column it is made of.
std::string EdgesView(absl::string_view table) {
  constexpr absl::string_view kSums = R"(SELECT
  minute_of AS minute, source_of AS source, destination_of AS destination,
  direction, verdict, nullIf(reason, '') AS reason,
  sum(if(of_request, 0, flows)) AS connections, sum(if(of_request, flows, 0)) AS requests,
  sum(failed * flows) AS failed,
  sum(sent * own) AS bytes_sent, sum(received * own) AS bytes_received,
  sum(duration * own) AS duration_us, max(if(own = 0, 0, duration)) AS max_duration_us
FROM (SELECT
    formatDateTime(toStartOfMinute(time), '%Y-%m-%dT%H:%M:00Z') AS minute_of,
    $0 AS source_of, $1 AS destination_of, direction, verdict, reason,
    event = 'REQUEST' AS of_request, greatest(weight, 1) AS flows, failed,
    if(carries_requests, 0, flows) AS own,
    bytes_sent AS sent, bytes_received AS received, duration_us AS duration
  FROM $2)
GROUP BY minute_of, source_of, destination_of, direction, verdict, reason)";
  return absl::Substitute(kSums, Party("source"), Party("destination"),
                          Once(table, "makes_edge = 1"));
}

std::string RollupsView(absl::string_view table) {
  std::string sums;
  for (const FlowField& field : FlowFields()) {
    absl::string_view name = field.name;
    if (!absl::ConsumePrefix(&name, "rollup.")) continue;
    absl::StrAppend(&sums, ",\n  rollup_", name, " AS ", name);
  }
  return absl::StrCat(
      "SELECT\n  ", Rfc3339("time_us"),
      " AS time,\n  nullIf(reporter_principal, '') AS reporter,\n",
      "  nullIf(run_id, '') AS run_id,\n",
      "  nullIf(if(source_principal != '', source_principal, source_ip), '') AS source,\n"
      "  nullIf(if(destination_principal != '', destination_principal, destination_ip), '') AS "
      "destination,\n"
      "  nullIf(direction, '') AS direction, nullIf(verdict, '') AS verdict,\n"
      "  nullIf(destination_port, 0) AS destination_port",
      sums, "\nFROM ", Once(table, "event = 'ROLLUP'"));
}

std::string IdentitiesView(absl::string_view table) {
  const auto ends = [&](absl::string_view end, absl::string_view but) {
    // An event that is not known may have no ends.
    return absl::StrCat("SELECT ", Party(end), " AS name, time_us FROM ", table,
                        " WHERE event NOT IN ('LOST', 'HEAD', 'ROLLUP') AND (event IN (",
                        Quoted(kEventsOfFlows), ") OR ", end, "_principal != '' OR ", end,
                        "_ip != '')", but);
  };
  // A connection whose requests name the other end names nobody.
  constexpr absl::string_view kNamed =
      " AND NOT (direction = 'OUTBOUND' AND verdict = 'FORWARDED' AND carries_requests = 1 AND "
      "destination_principal = '')";
  return absl::StrCat("SELECT name, ", Rfc3339("min(time_us)"), " AS first, ",
                      Rfc3339("max(time_us)"), " AS last\nFROM (", ends("source", ""),
                      "\n  UNION ALL ", ends("destination", kNamed), ")\nGROUP BY name");
}

std::string LossesView(absl::string_view table) {
  return absl::StrCat("SELECT\n  ", Rfc3339("time_us"),
                      " AS time, nullIf(reporter_principal, '') AS reporter,\n"
                      "  nullIf(run_id, '') AS run_id, lost_count AS count, lost_cause AS cause,\n"
                      "  nullIf(lost_sink, '') AS sink\nFROM ",
                      Once(table, "event = 'LOST'"));
}

}  // namespace

std::string ClickHouseViewsOf(absl::string_view table) {
  const size_t dot = table.find('.');
  return absl::StrCat(dot == absl::string_view::npos ? "default" : table.substr(0, dot), "_views");
}

std::string ClickHouseViews(absl::string_view table) {
  const std::string database = ClickHouseViewsOf(table);
  std::string out = absl::StrCat("\nCREATE DATABASE IF NOT EXISTS ", database, ";\n");
  const auto add = [&](absl::string_view name, const std::string& select) {
    absl::StrAppend(&out, "\nCREATE VIEW IF NOT EXISTS ", database, ".", name, " AS ", select,
                    ";\n");
  };
  add("flows", LinesView(table, "event IN ('CLOSE', 'REQUEST')"));
  add("progress", LinesView(table, "event IN ('OPEN', 'PERIODIC')"));
  add("unknown_events", LinesView(table, absl::StrCat("event NOT IN (", Quoted(kEvents), ")")));
  add("edges", EdgesView(table));
  add("rollups", RollupsView(table));
  add("identities", IdentitiesView(table));
  add("losses", LossesView(table));
  return out;
}

}  // namespace firebreak::flows
