// The views of the embedded store, in ClickHouse: the same names, the same columns, the same
// answers.
#ifndef FIREBREAK_FLOWS_CLICKHOUSE_VIEWS_H_
#define FIREBREAK_FLOWS_CLICKHOUSE_VIEWS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::flows {

// ClickHouseViewsOf names the database that has the views over a table: "firebreak_views" for
// "firebreak.flows".
std::string ClickHouseViewsOf(absl::string_view table);

// ClickHouseViews returns the statements that make that database: flows, progress, edges, rollups,
// identities and losses. They count a line that came twice once. What the embedded store knows of
// itself (findings, runs, segments) has none.
std::string ClickHouseViews(absl::string_view table);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_CLICKHOUSE_VIEWS_H_
