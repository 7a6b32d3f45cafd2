// EdgeReports keeps ROLLUP lines, the sums that sidecars make themselves, in the catalog.
#ifndef FIREBREAK_STORE_EDGE_REPORTS_H_
#define FIREBREAK_STORE_EDGE_REPORTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "flows/flow.h"
#include "store/query.h"
#include "store/sqlite.h"

namespace firebreak::store {

// They stand apart from flows, whose lines count the same things once more.
class EdgeReports {
 public:
  // Schema makes the table where there is none; ViewDefinition and Description are of the view of
  // it, `rollups`.
  static std::string Schema();
  static std::string ViewDefinition();
  static View Description();

  void Add(const flows::Flow& flow);  // a ROLLUP line
  // Save adds to the catalog, within its transaction.
  absl::Status Save(Database& catalog) const;
  bool empty() const { return reports_.empty(); }
  // Bytes are those that this has in memory, about.
  size_t bytes() const { return bytes_; }

 private:
  struct Report {
    std::vector<std::string> texts;
    std::vector<int64_t> numbers;
  };
  std::vector<Report> reports_;
  size_t bytes_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_EDGE_REPORTS_H_
