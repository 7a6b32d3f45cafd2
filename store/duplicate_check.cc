#include "store/duplicate_check.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "flows/flow_facts.h"
#include "store/catalog.h"
#include "store/columns.h"
#include "store/edge_reports.h"
#include "store/stored_flows.h"

namespace firebreak::store {
namespace {

LineName NameOf(const flows::Flow& flow) {
  return {.reporter = flow.reporter.principal, .run_id = flow.run_id, .sequence = flow.sequence};
}

// DigestOf cells, each with its size, so that no two lists look alike.
size_t DigestOf(const std::vector<std::string>& cells) {
  return absl::HashOf(absl::StrJoin(cells, "", [](std::string* out, const std::string& cell) {
    absl::StrAppend(out, cell.size(), ":", cell);
  }));
}

std::vector<std::string> RowCells(const flows::Flow& flow) {
  std::vector<std::string> cells;
  std::string scratch;
  for (const Column& column : Columns()) {
    cells.push_back(column.type == ColumnType::kText ? std::string(column.Text(flow, &scratch))
                                                     : absl::StrCat(column.Number(flow)));
  }
  return cells;
}

constexpr char kLossColumns[] = "time_us, reporter, run_id, count, cause, sink";

std::vector<std::string> LossCells(const flows::Flow& flow) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return {absl::StrCat(absl::ToUnixMicros(flow.time)),    flow.reporter.principal, flow.run_id,
          absl::StrCat(std::min(flow.lost.count, kMost)), flow.lost.cause,         flow.lost.sink};
}

std::string ReportColumns() {
  return absl::StrJoin(EdgeReports::TableColumns(), ", ",
                       [](std::string* out, const auto& column) { out->append(column.first); });
}

}  // namespace

void DuplicateCheck::Add(const flows::Flow& flow) {
  Line line;
  line.time_us = absl::ToUnixMicros(flow.time);
  if (flows::TellsOfFlow(flow)) {
    line.kind = Kind::kRow;
    line.digest = DigestOf(RowCells(flow));
  } else if (flow.event == "LOST") {
    line.kind = Kind::kLoss;
    line.digest = DigestOf(LossCells(flow));
  } else if (flow.event == "ROLLUP") {
    line.kind = Kind::kReport;
    line.digest = DigestOf(EdgeReports::Cells(flow));
  }
  const auto [at, fresh] = lines_.try_emplace(NameOf(flow), line);
  // Of two that come again and differ, one at least is not what is stored.
  if (!fresh && (at->second.kind != line.kind || at->second.digest != line.digest)) {
    Conflict(at->first);
  }
}

void DuplicateCheck::Conflict(const LineName& name) {
  ++conflicts_;
  on_conflict_(name);
}

// CompareRow returns whether there is still something to look for.
bool DuplicateCheck::CompareRow(const flows::Flow& stored) {
  const auto again = lines_.find(NameOf(stored));
  if (again == lines_.end()) return true;
  const Line& line = again->second;
  if (line.kind != Kind::kRow || line.digest != DigestOf(RowCells(stored))) Conflict(again->first);
  lines_.erase(again);
  return !lines_.empty();
}

// CompareSums looks for LOST or ROLLUP lines in the catalog, which does not number them.
absl::Status DuplicateCheck::CompareSums(const Database& catalog, Kind kind) {
  const bool losses = kind == Kind::kLoss;
  const std::string table = losses ? "loss" : EdgeReports::kTable;
  const std::string columns = losses ? kLossColumns : ReportColumns();
  int64_t first = std::numeric_limits<int64_t>::max();
  int64_t last = std::numeric_limits<int64_t>::min();
  for (const auto& [name, line] : lines_) {
    if (line.kind != kind) continue;
    first = std::min(first, line.time_us);
    last = std::max(last, line.time_us);
  }
  if (first > last) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog, absl::StrCat("SELECT ", columns, " FROM ", table,
                                               " WHERE time_us BETWEEN ?1 AND ?2")));
  rows.Bind(1, first).Bind(2, last);
  absl::flat_hash_set<size_t> stored;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    std::vector<std::string> cells;
    cells.reserve(static_cast<size_t>(rows.columns()));
    for (int column = 0; column < rows.columns(); ++column) cells.push_back(rows.Text(column));
    stored.insert(DigestOf(cells));
  }
  FB_ASSIGN_OR_RETURN(
      const int64_t oldest,
      FirstNumber(catalog,
                  absl::StrCat("SELECT coalesce(min(time_us), 9223372036854775807) FROM ", table)));
  for (auto at = lines_.begin(); at != lines_.end();) {
    const auto line = at++;
    if (line->second.kind != kind) continue;
    const bool deleted = line->second.time_us < oldest;
    if (deleted) ++gone_;
    if (!deleted && !stored.contains(line->second.digest)) Conflict(line->first);
    lines_.erase(line);
  }
  return absl::OkStatus();
}

// CompareElsewhere looks for rows that are not where their time is: either that was changed, or
// what is stored is no row, or it is stored no more.
absl::Status DuplicateCheck::CompareElsewhere(const Database& catalog) {
  absl::flat_hash_set<std::string> reporters;
  for (const auto& [name, line] : lines_) reporters.insert(name.reporter);
  for (const std::string& reporter : reporters) {
    SegmentQuestion question;
    if (!reporter.empty()) question.parties = {reporter};
    FB_RETURN_IF_ERROR(ForEachIn(catalog, folder_, question,
                                 [this](flows::Flow& flow) { return CompareRow(flow); }));
  }
  FB_ASSIGN_OR_RETURN(
      const int64_t deleted,
      FirstNumber(catalog,
                  "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'segment') > "
                  "(SELECT count(*) FROM segment)"));
  for (const auto& [name, line] : lines_) {
    if (deleted > 0) {
      ++gone_;
    } else {
      Conflict(name);
    }
  }
  lines_.clear();
  return absl::OkStatus();
}

absl::Status DuplicateCheck::Compare() {
  if (lines_.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(const Database catalog, OpenCatalog(folder_));
  const auto [first, last] = std::minmax_element(
      lines_.begin(), lines_.end(),
      [](const auto& a, const auto& b) { return a.second.time_us < b.second.time_us; });
  SegmentQuestion question;
  question.since = absl::FromUnixMicros(first->second.time_us);
  question.until = absl::FromUnixMicros(last->second.time_us);
  FB_RETURN_IF_ERROR(ForEachIn(catalog, folder_, question,
                               [this](flows::Flow& flow) { return CompareRow(flow); }));
  FB_RETURN_IF_ERROR(CompareSums(catalog, Kind::kLoss));
  FB_RETURN_IF_ERROR(CompareSums(catalog, Kind::kReport));
  absl::erase_if(lines_, [](const auto& line) { return line.second.kind == Kind::kNothing; });
  return lines_.empty() ? absl::OkStatus() : CompareElsewhere(catalog);
}

}  // namespace firebreak::store
