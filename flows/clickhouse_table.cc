#include "flows/clickhouse_table.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"

#include "flows/clickhouse_views.h"
#include "flows/flow_facts.h"
#include "flows/flow_fields.h"
#include "flows/flow_json.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

using Value = std::variant<absl::string_view, uint64_t>;

std::string ColumnName(absl::string_view field) { return absl::StrReplaceAll(field, {{".", "_"}}); }

// Micros since 1970. Times before that are no flow's, nor of this epoch; the type has none.
uint64_t Micros(absl::Time time) {
  const bool known = time != absl::InfinitePast() && time != absl::InfiniteFuture();
  return known ? static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(time), 0)) : 0;
}

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
// one flow, of a request's bodies where it is one; what a ROLLUP line sums has columns of its own.
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

// FieldColumn is any other field, under its name with underscores for the dots, as in the views of
// the embedded store. What proves a log is in its line alone.
struct FieldColumn {
  std::string name;
  FieldRead read;
  absl::string_view type;
};

bool IsOtherColumn(absl::string_view field) {
  const std::string name = ColumnName(field);
  const bool named = std::any_of(std::begin(kColumns), std::end(kColumns),
                                 [&](const Column& column) { return column.name == name; });
  return !named && field != "time" && field != "previous_hash" && field != "signature" &&
         !absl::StartsWith(field, "head.") && !absl::StartsWith(field, "inspection.matches");
}

absl::string_view TypeOf(const FieldValue& value) {
  if (std::holds_alternative<const std::string*>(value)) return kText;
  if (std::holds_alternative<const uint16_t*>(value)) return kU16;
  if (std::holds_alternative<const std::optional<uint64_t>*>(value)) return "Nullable(UInt64)";
  return kU64;  // a flag is 1, a time microseconds since 1970
}

const std::vector<FieldColumn>& FieldColumns() {
  static const auto* const columns = [] {
    auto* const list = new std::vector<FieldColumn>;
    const Flow flow;
    for (const FlowField& field : FlowFields()) {
      if (!IsOtherColumn(field.name)) continue;
      list->push_back({ColumnName(field.name), field.read, TypeOf(field.read(flow))});
    }
    return list;
  }();
  return *columns;
}

// Fact is what flow_facts.h derives from a line, for questions to add up.
struct Fact {
  absl::string_view name;
  bool (*of)(const Flow&);
};
constexpr Fact kFacts[] = {
    {"makes_edge", &MakesEdge}, {"failed", &Failed}, {"carries_requests", &CarriesRequests}};

// AppendField leaves out what the column's default says.
void AppendField(const FieldColumn& column, const Flow& flow, std::string* out) {
  const FieldValue value = column.read(flow);
  const std::string name = absl::StrCat(",\"", column.name, "\":");
  uint64_t number = 0;
  if (const auto* const* text = std::get_if<const std::string*>(&value)) {
    AppendText(name, absl::string_view(**text), out);
    return;
  }
  if (const auto* const* maybe = std::get_if<const std::optional<uint64_t>*>(&value)) {
    if ((*maybe)->has_value()) AppendNumber(name, ***maybe, out);
    return;
  }
  if (const auto* const* wide = std::get_if<const uint64_t*>(&value)) number = **wide;
  if (const auto* const* narrow = std::get_if<const uint16_t*>(&value)) number = **narrow;
  if (const auto* const* flag = std::get_if<const bool*>(&value)) number = **flag ? 1 : 0;
  if (const auto* const* time = std::get_if<const absl::Time*>(&value)) number = Micros(**time);
  if (number != 0) AppendNumber(name, number, out);
}

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
  for (const FieldColumn& column : FieldColumns()) {
    absl::StrAppend(&out, "  ", column.name, " ", column.type, ",\n");
  }
  absl::StrAppend(&out, "  inspection_matches String,\n");
  for (const Fact& fact : kFacts) absl::StrAppend(&out, "  ", fact.name, " UInt8,\n");
  absl::StrAppend(&out, "  line String", modern ? " CODEC(ZSTD(3))" : "", "\n)\n",
                  "ENGINE = MergeTree\nPARTITION BY toYYYYMMDD(time)\n",
                  "ORDER BY (destination_principal, source_principal, time_us)");
  if (modern) {
    absl::StrAppend(&out, "\nTTL time + INTERVAL 30 DAY\nSETTINGS ttl_only_drop_parts = 1");
  }
  absl::StrAppend(&out, ";\n", absl::Substitute(kEdges, table), ClickHouseViews(table));
  return out;
}

void AppendClickHouseRow(const Flow& flow, absl::string_view line, std::string* out) {
  const uint64_t time_us = Micros(flow.time);
  out->push_back('{');
  AppendNumber(R"(,"time":)", time_us / 1'000'000, out);
  AppendNumber(R"(,"time_us":)", time_us, out);
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
  for (const FieldColumn& column : FieldColumns()) AppendField(column, flow, out);
  if (!flow.inspection.matches.empty()) {
    std::string matches;
    AppendMatches(flow, &matches);
    AppendText(R"(,"inspection_matches":)", absl::string_view(matches), out);
  }
  for (const Fact& fact : kFacts) {
    if (fact.of(flow)) AppendNumber(absl::StrCat(",\"", fact.name, "\":"), 1, out);
  }
  AppendText(R"(,"line":)", line, out);
  out->append("}\n");
}

}  // namespace firebreak::flows
