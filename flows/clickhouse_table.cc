#include "flows/clickhouse_table.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"

#include "flows/flow_facts.h"
#include "flows/flow_fields.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

using Value = std::variant<absl::string_view, uint64_t>;

struct Column {
  absl::string_view name;
  absl::string_view portable;
  absl::string_view modern;
  Value (*value)(const Flow&);
};

constexpr absl::string_view kText = "String";
constexpr absl::string_view kWord = "LowCardinality(String)";
constexpr absl::string_view kU16 = "UInt16";
constexpr absl::string_view kU32 = "UInt32";
constexpr absl::string_view kU64 = "UInt64";

// time, time_us and line stand apart: they are not read from a field as it is. Bytes are those of
// one flow; what a ROLLUP line sums has columns of its own, SumColumns.
constexpr Column kColumns[] = {
    {"run_id", kText, kWord, [](const Flow& f) -> Value { return f.run_id; }},
    {"sequence", kU64, "UInt64 CODEC(Delta, ZSTD)",
     [](const Flow& f) -> Value { return f.sequence; }},
    {"flow_id", kText, kText, [](const Flow& f) -> Value { return f.flow_id; }},
    {"event", kText, kWord, [](const Flow& f) -> Value { return f.event; }},
    {"direction", kText, kWord, [](const Flow& f) -> Value { return f.direction; }},
    {"verdict", kText, kWord, [](const Flow& f) -> Value { return f.verdict; }},
    {"reason", kText, kWord, [](const Flow& f) -> Value { return f.reason; }},
    {"reporter_node", kText, kWord, [](const Flow& f) -> Value { return f.reporter.node; }},
    {"reporter_principal", kText, kWord,
     [](const Flow& f) -> Value { return f.reporter.principal; }},
    {"source_principal", kText, kWord, [](const Flow& f) -> Value { return f.source.principal; }},
    {"source_namespace", kText, kWord,
     [](const Flow& f) -> Value { return f.source.namespace_name; }},
    {"source_workload", kText, kWord, [](const Flow& f) -> Value { return f.source.workload; }},
    {"source_ip", kText, kText, [](const Flow& f) -> Value { return f.source.ip; }},
    {"source_port", kU16, kU16, [](const Flow& f) -> Value { return uint64_t{f.source.port}; }},
    {"destination_principal", kText, kWord,
     [](const Flow& f) -> Value { return f.destination.principal; }},
    {"destination_namespace", kText, kWord,
     [](const Flow& f) -> Value { return f.destination.namespace_name; }},
    {"destination_workload", kText, kWord,
     [](const Flow& f) -> Value { return f.destination.workload; }},
    {"destination_ip", kText, kText, [](const Flow& f) -> Value { return f.destination.ip; }},
    {"destination_port", kU16, kU16,
     [](const Flow& f) -> Value { return uint64_t{f.destination.port}; }},
    {"protocol", kText, kWord, [](const Flow& f) -> Value { return f.protocol; }},
    {"http_method", kText, kWord, [](const Flow& f) -> Value { return f.http.method; }},
    {"http_authority", kText, kText, [](const Flow& f) -> Value { return f.http.authority; }},
    {"http_path", kText, kText, [](const Flow& f) -> Value { return f.http.path; }},
    {"http_path_template", kText, kText,
     [](const Flow& f) -> Value { return f.http.path_template; }},
    {"http_status", kU16, kU16, [](const Flow& f) -> Value { return uint64_t{f.http.status}; }},
    {"grpc_service", kText, kWord, [](const Flow& f) -> Value { return f.grpc.service; }},
    {"grpc_method", kText, kWord, [](const Flow& f) -> Value { return f.grpc.method; }},
    {"policy_namespace", kText, kWord,
     [](const Flow& f) -> Value { return f.policy.namespace_name; }},
    {"policy_name", kText, kWord, [](const Flow& f) -> Value { return f.policy.name; }},
    {"policy_rule", kText, kWord, [](const Flow& f) -> Value { return f.policy.rule; }},
    {"policy_revision", kText, kWord, [](const Flow& f) -> Value { return f.policy.revision; }},
    {"would_be_verdict", kText, kWord,
     [](const Flow& f) -> Value { return f.policy.would_be_verdict; }},
    {"decision_id", kText, kText, [](const Flow& f) -> Value { return f.decision_id; }},
    {"inspection_score", kU32, kU32, [](const Flow& f) -> Value { return f.inspection.score; }},
    {"inspection_action", kText, kWord, [](const Flow& f) -> Value { return f.inspection.action; }},
    {"bytes_sent", kU64, kU64,
     [](const Flow& f) -> Value { return TellsOfFlow(f) ? SentBytes(f) : 0; }},
    {"bytes_received", kU64, kU64,
     [](const Flow& f) -> Value { return TellsOfFlow(f) ? ReceivedBytes(f) : 0; }},
    {"duration_us", kU64, kU64, [](const Flow& f) -> Value { return f.duration_us; }},
    {"close_reason", kText, kWord, [](const Flow& f) -> Value { return f.close_reason; }},
    {"trace_id", kText, kText, [](const Flow& f) -> Value { return f.trace_id; }},
    {"weight", kU64, kU64, [](const Flow& f) -> Value { return f.weight; }},
    {"lost_count", kU64, kU64, [](const Flow& f) -> Value { return f.lost.count; }},
    {"lost_cause", kText, kWord, [](const Flow& f) -> Value { return f.lost.cause; }},
};

// SumColumn is a number of `interval` or `rollup`, under its name with an underscore for the dot,
// as in the views of the embedded store.
struct SumColumn {
  std::string name;
  FieldRead read;
  bool of_rollup = false;
};

const std::vector<SumColumn>& SumColumns() {
  static const auto* const columns = [] {
    auto* const list = new std::vector<SumColumn>;
    for (const FlowField& field : FlowFields()) {
      const bool of_rollup = absl::StartsWith(field.name, "rollup.");
      if (!of_rollup && !absl::StartsWith(field.name, "interval.")) continue;
      list->push_back({absl::StrReplaceAll(field.name, {{".", "_"}}), field.read, of_rollup});
    }
    return list;
  }();
  return *columns;
}

uint64_t NumberOf(const FieldValue& value) {
  if (const auto* const* flag = std::get_if<const bool*>(&value)) return **flag ? 1 : 0;
  return *std::get<const uint64_t*>(value);
}

// The views that the embedded store has under these names, with the same columns. $0 is the table,
// $1 what ROLLUP lines sum.
constexpr absl::string_view kViews = R"(
CREATE VIEW IF NOT EXISTS $0_progress AS SELECT * FROM $0 WHERE event IN ('OPEN', 'PERIODIC');

CREATE VIEW IF NOT EXISTS $0_rollups AS SELECT
  time, reporter_principal AS reporter, run_id,
  nullIf(if(source_principal != '', source_principal, source_ip), '') AS source,
  nullIf(if(destination_principal != '', destination_principal, destination_ip), '') AS destination,
  direction, verdict, nullIf(destination_port, 0) AS destination_port$1
FROM $0
WHERE event = 'ROLLUP';
)";

// The sums by minute. $0 is the table. Requests are counted by their own lines, connections by
// their CLOSE line, and what lives on not yet. The view sees rows as they are put in, so a line
// that comes twice counts twice: exact sums are over the table.
constexpr absl::string_view kEdges = R"(
CREATE MATERIALIZED VIEW IF NOT EXISTS $0_edges
ENGINE = SummingMergeTree
PARTITION BY toYYYYMMDD(minute)
ORDER BY (minute, source_principal, destination_principal, destination_port, direction, event, verdict, reason)
AS SELECT
  toStartOfMinute(time) AS minute,
  source_principal, destination_principal, destination_port, direction, event, verdict, reason,
  sum(weight) AS flows,
  sum(bytes_sent * weight) AS bytes_sent,
  sum(bytes_received * weight) AS bytes_received
FROM $0
WHERE event IN ('CLOSE', 'REQUEST')
GROUP BY minute, source_principal, destination_principal, destination_port, direction, event, verdict, reason;
)";

}  // namespace

std::string ClickHouseSchema(absl::string_view table, ClickHouseDialect dialect) {
  const bool modern = dialect == ClickHouseDialect::kModern;
  std::string out;
  const size_t dot = table.find('.');
  if (dot != absl::string_view::npos) {
    absl::StrAppend(&out, "CREATE DATABASE IF NOT EXISTS ", table.substr(0, dot), ";\n\n");
  }
  absl::StrAppend(&out, "CREATE TABLE IF NOT EXISTS ", table, " (\n  time ",
                  modern ? "DateTime('UTC') CODEC(Delta, ZSTD)" : "DateTime('UTC')", ",\n",
                  "  time_us ", modern ? "UInt64 CODEC(Delta, ZSTD)" : "UInt64", ",\n");
  for (const Column& column : kColumns) {
    absl::StrAppend(&out, "  ", column.name, " ", modern ? column.modern : column.portable, ",\n");
  }
  for (const SumColumn& column : SumColumns()) {
    absl::StrAppend(&out, "  ", column.name, " ", kU64, ",\n");
  }
  absl::StrAppend(&out, "  line String", modern ? " CODEC(ZSTD(3))" : "", "\n)\n",
                  "ENGINE = MergeTree\nPARTITION BY toYYYYMMDD(time)\n",
                  "ORDER BY (destination_principal, source_principal, time_us)");
  if (modern) {
    absl::StrAppend(&out, "\nTTL time + INTERVAL 30 DAY\nSETTINGS ttl_only_drop_parts = 1");
  }
  std::string sums;
  for (const SumColumn& column : SumColumns()) {
    if (!column.of_rollup) continue;
    const absl::string_view name = absl::StripPrefix(column.name, "rollup_");
    absl::StrAppend(&sums, ",\n  ", column.name, " AS ", name);
  }
  absl::StrAppend(&out, ";\n", absl::Substitute(kEdges, table),
                  absl::Substitute(kViews, table, sums));
  return out;
}

void AppendClickHouseRow(const Flow& flow, absl::string_view line, std::string* out) {
  // Times before 1970 are no flow's; the type has none.
  const int64_t time_us = std::max<int64_t>(absl::ToUnixMicros(flow.time), 0);
  out->push_back('{');
  AppendNumber(R"(,"time":)", static_cast<uint64_t>(time_us / 1'000'000), out);
  AppendNumber(R"(,"time_us":)", static_cast<uint64_t>(time_us), out);
  std::string name;
  for (const Column& column : kColumns) {
    const Value value = column.value(flow);
    name.assign(",\"");
    name.append(column.name.data(), column.name.size());
    name.append("\":");
    if (const auto* const text = std::get_if<absl::string_view>(&value)) {
      AppendText(name, *text, out);
    } else if (const uint64_t number = std::get<uint64_t>(value); number != 0) {
      AppendNumber(name, number, out);
    }
  }
  for (const SumColumn& column : SumColumns()) {
    const uint64_t number = NumberOf(column.read(flow));
    if (number != 0) AppendNumber(absl::StrCat(",\"", column.name, "\":"), number, out);
  }
  AppendText(R"(,"line":)", line, out);
  out->append("}\n");
}

}  // namespace firebreak::flows
