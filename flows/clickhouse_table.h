// The table that flow lines are written to in ClickHouse: its definition and its rows.
#ifndef FIREBREAK_FLOWS_CLICKHOUSE_TABLE_H_
#define FIREBREAK_FLOWS_CLICKHOUSE_TABLE_H_

#include <string>

#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// ClickHouseDialect: kPortable is understood by every server since 18.16; kModern asks for one of
// 2023 or later, and takes less room.
enum class ClickHouseDialect : uint8_t { kPortable, kModern };

// ClickHouseSchema returns the statements that make the table, and the table of sums by minute and
// edge that fills itself from it. table is "database.table".
std::string ClickHouseSchema(absl::string_view table, ClickHouseDialect dialect);

// AppendClickHouseRow appends one row in JSONEachRow, with its line feed. The same rows suit both
// dialects. line is the flow's own text, which the row keeps: the chain can be checked from there.
void AppendClickHouseRow(const Flow& flow, absl::string_view line, std::string* out);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_CLICKHOUSE_TABLE_H_
