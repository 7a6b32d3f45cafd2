#include "store/duplicate_check.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
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
#include "store/segment.h"

namespace firebreak::store {
namespace {

LineName NameOf(const flows::Flow& flow) {
  return {.reporter = flow.reporter.principal, .run_id = flow.run_id, .sequence = flow.sequence};
}

size_t DigestOfCell(const Column& column, const flows::Flow& flow, std::string* scratch) {
  if (column.type != ColumnType::kText) return absl::HashOf(column.Number(flow));
  return absl::HashOf(column.Text(flow, scratch));
}

std::vector<size_t> DigestsOfRow(const flows::Flow& flow) {
  std::vector<size_t> digests;
  digests.reserve(Columns().size());
  std::string scratch;
  for (const Column& column : Columns()) digests.push_back(DigestOfCell(column, flow, &scratch));
  return digests;
}

std::vector<size_t> DigestsOf(const std::vector<std::string>& cells) {
  std::vector<size_t> digests;
  digests.reserve(cells.size());
  for (const std::string& cell : cells) digests.push_back(absl::HashOf(absl::string_view(cell)));
  return digests;
}

// Which of the cells of a row are there.
using Known = std::vector<bool>;

size_t DigestOfKnown(const std::vector<size_t>& digests, const Known& known) {
  std::vector<size_t> kept;
  kept.reserve(known.size());
  for (size_t i = 0; i < known.size(); ++i) kept.push_back(known[i] ? digests[i] : 0);
  return absl::HashOf(kept);
}

// StoredSums are the rows of a table: the digests of those of which the same cells are known.
class StoredSums {
 public:
  void Add(const Statement& row) {
    std::vector<std::string> cells;
    Known known;
    for (int column = 0; column < row.columns(); ++column) {
      cells.push_back(row.Text(column));
      known.push_back(!row.Null(column));
    }
    rows_[known].insert(DigestOfKnown(DigestsOf(cells), known));
  }
  bool Hold(const std::vector<size_t>& line) const {
    return std::any_of(rows_.begin(), rows_.end(), [&line](const auto& rows) {
      return rows.second.contains(DigestOfKnown(line, rows.first));
    });
  }

 private:
  std::map<Known, absl::flat_hash_set<size_t>> rows_;
};

// OverTheirShare are the reporters that this catalog has not told all sums of.
absl::StatusOr<absl::flat_hash_set<std::string>> OverTheirShare(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog, "SELECT DISTINCT sender FROM finding WHERE kind = 'CATALOG'"));
  absl::flat_hash_set<std::string> reporters;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return reporters;
    reporters.insert(rows.Text(0));
  }
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
    line.cells = DigestsOfRow(flow);
  } else if (flow.event == "LOST") {
    line.kind = Kind::kLoss;
    line.cells = DigestsOf(LossCells(flow));
  } else if (flow.event == "ROLLUP") {
    line.kind = Kind::kReport;
    line.cells = DigestsOf(EdgeReports::Cells(flow));
  }
  const auto [at, fresh] = lines_.try_emplace(NameOf(flow), line);
  // Of two that come again and differ, one at least is not what is stored.
  if (!fresh && (at->second.kind != line.kind || at->second.cells != line.cells)) {
    Conflict(at->first);
  }
}

void DuplicateCheck::Conflict(const LineName& name) {
  ++conflicts_;
  on_conflict_(name);
}

// CompareSegment decodes no more than whose lines they are where none has come again.
absl::Status DuplicateCheck::CompareSegment(absl::string_view bytes) {
  FB_ASSIGN_OR_RETURN(const Segment segment, Segment::Parse(bytes));
  FB_ASSIGN_OR_RETURN(const ColumnData reporters, segment.Read(ColumnNamed("reporter_principal")));
  FB_ASSIGN_OR_RETURN(const ColumnData runs, segment.Read(ColumnNamed("run_id")));
  FB_ASSIGN_OR_RETURN(const ColumnData sequences, segment.Read(ColumnNamed("sequence")));
  std::vector<std::pair<size_t, LineName>> again;
  std::string scratch;
  for (size_t row = 0; row < segment.rows(); ++row) {
    LineName name;
    name.reporter = std::string(reporters.Text(row, &scratch));
    name.run_id = std::string(runs.Text(row, &scratch));
    name.sequence = sequences.Number(row);
    if (lines_.contains(name)) again.emplace_back(row, std::move(name));
  }
  if (again.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(const SegmentRows rows, segment.Decode());
  for (const auto& [row, name] : again) {
    const auto line = lines_.find(name);
    if (line == lines_.end()) continue;
    bool same = line->second.kind == Kind::kRow;
    const flows::Flow stored = rows.Row(row, &scratch);
    for (size_t i = 0; same && i < Columns().size(); ++i) {
      same =
          !segment.Has(i) || line->second.cells[i] == DigestOfCell(Columns()[i], stored, &scratch);
    }
    if (!same) Conflict(name);
    lines_.erase(line);
  }
  return absl::OkStatus();
}

// CompareRows looks into the segments that it has not seen.
absl::Status DuplicateCheck::CompareRows(const Database& catalog, const SegmentQuestion& question,
                                         absl::flat_hash_set<int64_t>* seen) {
  FB_ASSIGN_OR_RETURN(const std::vector<SegmentFile> files,
                      SegmentsFor(catalog, folder_, question));
  for (const SegmentFile& file : files) {
    if (lines_.empty()) break;
    if (!seen->insert(file.id).second) continue;
    ++segments_read_;
    const auto bytes = ReadSegment(catalog, file);
    if (absl::IsNotFound(bytes.status())) continue;  // retired meanwhile
    if (!bytes.ok()) return bytes.status();
    if (absl::Status compared = CompareSegment(*bytes); !compared.ok()) {
      return absl::DataLossError(absl::StrCat(file.path, ": ", compared.message()));
    }
  }
  return absl::OkStatus();
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
  StoredSums stored;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    stored.Add(rows);
  }
  FB_ASSIGN_OR_RETURN(const auto over_their_share, OverTheirShare(catalog));
  FB_ASSIGN_OR_RETURN(
      const int64_t oldest,
      FirstNumber(catalog,
                  absl::StrCat("SELECT coalesce(min(time_us), 9223372036854775807) FROM ", table)));
  for (auto at = lines_.begin(); at != lines_.end();) {
    const auto line = at++;
    if (line->second.kind != kind) continue;
    const bool unknown =
        line->second.time_us < oldest || over_their_share.contains(line->first.reporter);
    if (!stored.Hold(line->second.cells)) {
      if (unknown) ++gone_;
      if (!unknown) Conflict(line->first);
    }
    lines_.erase(line);
  }
  return absl::OkStatus();
}

// CompareElsewhere looks for rows that are not where their time is: either that was changed, or
// what is stored is no row, or it is stored no more.
absl::Status DuplicateCheck::CompareElsewhere(const Database& catalog,
                                              absl::flat_hash_set<int64_t>* seen) {
  SegmentQuestion question;
  const std::string& first = lines_.begin()->first.reporter;
  const bool of_one = std::all_of(lines_.begin(), lines_.end(), [&first](const auto& line) {
    return line.first.reporter == first;
  });
  // Whoever they are of, each segment is read once.
  if (of_one && !first.empty()) question.parties = {first};
  FB_RETURN_IF_ERROR(CompareRows(catalog, question, seen));
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
  absl::flat_hash_set<int64_t> seen;
  FB_RETURN_IF_ERROR(CompareRows(catalog, question, &seen));
  FB_RETURN_IF_ERROR(CompareSums(catalog, Kind::kLoss));
  FB_RETURN_IF_ERROR(CompareSums(catalog, Kind::kReport));
  absl::erase_if(lines_, [](const auto& line) { return line.second.kind == Kind::kNothing; });
  return lines_.empty() ? absl::OkStatus() : CompareElsewhere(catalog, &seen);
}

}  // namespace firebreak::store
