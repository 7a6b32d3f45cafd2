// The columns of stored flows: the fields of a flow line, with dots as underscores.
#ifndef FIREBREAK_STORE_COLUMNS_H_
#define FIREBREAK_STORE_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

#include "flows/flow.h"
#include "flows/flow_fields.h"

namespace firebreak::store {

enum class ColumnType : uint8_t { kText, kNumber, kTime };

// Cell is what a line says in a column: nothing, a number as it is, a time as microseconds since
// 1970, or a text.
using Cell = std::variant<std::monostate, uint64_t, absl::string_view>;

// Column is one column, and how a cell comes from a Flow and goes back. Numbers travel as 64 bits:
// a time as microseconds since 1970, an optional number as one more than it is.
struct Column {
  std::string name;         // "source_principal"
  absl::string_view field;  // "source.principal"
  ColumnType type = ColumnType::kText;
  flows::FieldPlace place = nullptr;  // both null: of the list of findings
  flows::FieldRead read = nullptr;
  bool optional = false;  // 0 stands for absent, n for n - 1

  // Absent: the number stands for a field that a line of this event, and with this method of HTTP,
  // does not have.
  bool Absent(uint64_t number, absl::string_view event, absl::string_view method) const;
  absl::string_view Text(const flows::Flow& flow, std::string* scratch) const;
  uint64_t Number(const flows::Flow& flow) const;
  // Of is the column's cell of a line; a text is good while the line and scratch are.
  Cell Of(const flows::Flow& flow, std::string* scratch) const;
  void SetText(absl::string_view value, flows::Flow& flow) const;
  void SetNumber(uint64_t value, flows::Flow& flow) const;
};

// Columns are in the order of the schema. What proves a log and is no use apart from its bytes
// (previous_hash, head, signature) is not among them, nor what LOST and ROLLUP lines say.
const std::vector<Column>& Columns();

// kNoColumn stands for none.
inline constexpr size_t kNoColumn = ~size_t{0};
size_t ColumnNamed(absl::string_view name);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_COLUMNS_H_
