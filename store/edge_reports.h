// EdgeReports keeps ROLLUP lines, the sums that sidecars make themselves, in the catalog.
#ifndef FIREBREAK_STORE_EDGE_REPORTS_H_
#define FIREBREAK_STORE_EDGE_REPORTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"

#include "flows/flow.h"
#include "store/query.h"
#include "store/reporter_budget.h"
#include "store/sqlite.h"

namespace firebreak::store {

// They stand apart from flows, whose lines count the same things once more.
class EdgeReports {
 public:
  // Schema makes the table where there is none. TableColumns are the names and types of what it
  // has: a table that an earlier version made lacks some, and that of a later one has more. What
  // the writer of a row did not know of is NULL.
  static constexpr char kTable[] = "edge_report";
  static std::string Schema();
  static std::vector<std::pair<std::string, std::string>> TableColumns();
  // Cells are what is stored of a line, as texts, in the order of TableColumns.
  static std::vector<std::string> Cells(const flows::Flow& flow);
  // ViewDefinition and Description are of the view of it, `rollups`. A column that the table of a
  // catalog does not have is NULL.
  static std::string ViewDefinition(const absl::flat_hash_set<std::string>& table_columns);
  static View Description();

  void Add(const flows::Flow& flow);  // a ROLLUP line
  // Save adds to the catalog, within its transaction, what its reporters may add.
  absl::Status Save(Database& catalog, ReporterBudget& budget) const;
  bool empty() const { return reports_.empty(); }
  // Bytes are those that this has in memory, about.
  size_t bytes() const { return bytes_; }

 private:
  struct Report {
    std::vector<std::string> texts;
    std::vector<int64_t> numbers;
  };
  static Report ReportOf(const flows::Flow& flow);

  std::vector<Report> reports_;
  size_t bytes_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_EDGE_REPORTS_H_
