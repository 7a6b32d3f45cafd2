#include "store/edge_reports.h"

#include <algorithm>
#include <limits>
#include <utility>
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

constexpr size_t kReporter = 0;  // in kTexts

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

std::vector<std::pair<std::string, std::string>> EdgeReports::TableColumns() {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const TextPart& part : kTexts) columns.emplace_back(part.name, "TEXT");
  for (const char* name : {"time_us", "destination_port"}) columns.emplace_back(name, "INTEGER");
  for (const NumberPart& part : NumberParts()) columns.emplace_back(part.name, "INTEGER");
  return columns;
}

std::string EdgeReports::Schema() {
  const std::string columns = absl::StrJoin(TableColumns(), ", ", absl::PairFormatter(" "));
  return absl::StrCat("CREATE TABLE IF NOT EXISTS ", kTable, " (", columns,
                      "); CREATE INDEX IF NOT EXISTS edge_report_time ON edge_report (time_us)");
}

std::string EdgeReports::ViewDefinition(const absl::flat_hash_set<std::string>& table_columns) {
  std::string sql =
      absl::StrCat("CREATE TEMP VIEW rollups AS SELECT ", Rfc3339("time_us"), " AS time");
  for (const TextPart& part : kTexts) {
    absl::StrAppend(&sql, ", nullif(", part.name, ", '') AS ", part.name);
  }
  absl::StrAppend(&sql, ", nullif(destination_port, 0) AS destination_port");
  for (const NumberPart& part : NumberParts()) {
    const bool there = table_columns.contains(part.name);
    absl::StrAppend(&sql, ", ", there ? part.name : "NULL", " AS ", part.name);
  }
  return absl::StrCat(sql, " FROM main.", kTable);
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

EdgeReports::Report EdgeReports::ReportOf(const flows::Flow& flow) {
  Report report;
  for (const TextPart& part : kTexts) report.texts.emplace_back(part.of(flow));
  report.numbers = {absl::ToUnixMicros(flow.time), flow.destination.port};
  for (const NumberPart& part : NumberParts()) report.numbers.push_back(NumberOf(part.read(flow)));
  return report;
}

std::vector<std::string> EdgeReports::Cells(const flows::Flow& flow) {
  Report report = ReportOf(flow);
  for (const int64_t number : report.numbers) report.texts.push_back(absl::StrCat(number));
  return std::move(report.texts);
}

void EdgeReports::Add(const flows::Flow& flow) {
  reports_.push_back(ReportOf(flow));
  const Report& report = reports_.back();
  for (const std::string& text : report.texts) bytes_ += sizeof(std::string) + text.size();
  bytes_ += sizeof(report) + report.numbers.size() * sizeof(int64_t);
}

absl::Status EdgeReports::Save(Database& catalog, ReporterBudget& budget) const {
  if (reports_.empty()) return absl::OkStatus();
  std::vector<std::string> names;
  for (auto& [name, type] : TableColumns()) names.push_back(std::move(name));
  const std::vector<absl::string_view> places(names.size(), "?");
  FB_ASSIGN_OR_RETURN(
      Statement insert,
      Statement::Prepare(catalog,
                         absl::StrCat("INSERT INTO ", kTable, " (", absl::StrJoin(names, ", "),
                                      ") VALUES (", absl::StrJoin(places, ", "), ")")));
  for (const Report& report : reports_) {
    uint64_t bytes = kRowBytes + report.numbers.size() * kNumberBytes;
    for (const std::string& text : report.texts) bytes += text.size();
    if (!budget.Spend(report.texts[kReporter], bytes)) {
      budget.CountRefused(report.texts[kReporter]);
      continue;
    }
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
