#include "store/edge_reports.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "flows/flow_facts.h"
#include "flows/flow_fields.h"
#include "store/views.h"

namespace firebreak::store {
namespace {

struct TextPart {
  const char* name;
  const char* meaning;
  absl::string_view (*of)(const flows::Flow&);
};

constexpr TextPart kTexts[] = {
    {"reporter", "reporter.principal",
     [](const flows::Flow& f) -> absl::string_view { return f.reporter.principal; }},
    {"run_id", "as in the flow log",
     [](const flows::Flow& f) -> absl::string_view { return f.run_id; }},
    {"source", "principal; NULL: not known, or of many",
     [](const flows::Flow& f) { return flows::PartyOf(f.source); }},
    {"destination", "likewise", [](const flows::Flow& f) { return flows::PartyOf(f.destination); }},
    {"direction", "INBOUND: what the destination counted; OUTBOUND: the source. Ask for one",
     [](const flows::Flow& f) -> absl::string_view { return f.direction; }},
    {"verdict", "as in the flow log",
     [](const flows::Flow& f) -> absl::string_view { return f.verdict; }},
};

struct NumberPart {
  std::string name;
  flows::FieldRead read;
};

// NumberParts are the fields of `rollup` in a line, by their own names.
const std::vector<NumberPart>& NumberParts() {
  static const auto* const parts = [] {
    auto* const list = new std::vector<NumberPart>;
    for (const flows::FlowField& field : flows::FlowFields()) {
      absl::string_view name = field.name;
      if (absl::ConsumePrefix(&name, "rollup.")) list->push_back({std::string(name), field.read});
    }
    return list;
  }();
  return *parts;
}

// NumberOf is a number as SQLite has them; what does not fit is the largest.
int64_t NumberOf(const flows::FieldValue& value) {
  if (const auto* const* flag = std::get_if<const bool*>(&value)) return **flag ? 1 : 0;
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(*std::get<const uint64_t*>(value), kMost));
}

}  // namespace

std::string EdgeReports::Schema() {
  std::string sql = "CREATE TABLE IF NOT EXISTS edge_report (";
  for (const TextPart& part : kTexts) absl::StrAppend(&sql, part.name, " TEXT NOT NULL, ");
  absl::StrAppend(&sql, "time_us INTEGER NOT NULL, destination_port INTEGER NOT NULL");
  for (const NumberPart& part : NumberParts()) {
    absl::StrAppend(&sql, ", ", part.name, " INTEGER NOT NULL");
  }
  return absl::StrCat(sql,
                      "); CREATE INDEX IF NOT EXISTS edge_report_time ON edge_report (time_us)");
}

std::string EdgeReports::ViewDefinition() {
  std::string sql =
      absl::StrCat("CREATE TEMP VIEW rollups AS SELECT ", Rfc3339("time_us"), " AS time");
  for (const TextPart& part : kTexts) {
    absl::StrAppend(&sql, ", nullif(", part.name, ", '') AS ", part.name);
  }
  absl::StrAppend(&sql, ", nullif(destination_port, 0) AS destination_port");
  for (const NumberPart& part : NumberParts()) absl::StrAppend(&sql, ", ", part.name);
  return absl::StrCat(sql, " FROM main.edge_report");
}

View EdgeReports::Description() {
  View view{.name = "rollups",
            .meaning =
                "ROLLUP lines: what sidecars counted themselves, by edge and minute, with "
                "nothing left out by sampling",
            .columns = {{"time", "text, RFC 3339 in UTC", "end of what is summed"}}};
  for (const TextPart& part : kTexts) view.columns.push_back({part.name, "text", part.meaning});
  view.columns.push_back({"destination_port", "integer", "as in the flow log"});
  for (const NumberPart& part : NumberParts()) {
    view.columns.push_back({part.name, "integer", absl::StrCat("rollup.", part.name)});
  }
  return view;
}

void EdgeReports::Add(const flows::Flow& flow) {
  Report report;
  for (const TextPart& part : kTexts) {
    report.texts.emplace_back(part.of(flow));
    bytes_ += sizeof(std::string) + report.texts.back().size();
  }
  report.numbers = {absl::ToUnixMicros(flow.time), flow.destination.port};
  for (const NumberPart& part : NumberParts()) report.numbers.push_back(NumberOf(part.read(flow)));
  bytes_ += sizeof(report) + report.numbers.size() * sizeof(int64_t);
  reports_.push_back(std::move(report));
}

absl::Status EdgeReports::Save(Database& catalog) const {
  if (reports_.empty()) return absl::OkStatus();
  const size_t columns = reports_[0].texts.size() + reports_[0].numbers.size();
  const std::vector<absl::string_view> places(columns, "?");
  FB_ASSIGN_OR_RETURN(Statement insert,
                      Statement::Prepare(catalog, absl::StrCat("INSERT INTO edge_report VALUES (",
                                                               absl::StrJoin(places, ", "), ")")));
  for (const Report& report : reports_) {
    int parameter = 0;
    for (const std::string& text : report.texts) {
      insert.Bind(++parameter, absl::string_view(text));
    }
    for (const int64_t number : report.numbers) insert.Bind(++parameter, number);
    FB_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
