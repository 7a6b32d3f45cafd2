#include "store/columns.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

#include "flows/flow_json.h"

namespace firebreak::store {
namespace {

using flows::Flow;

bool Kept(absl::string_view name) {
  return name != "previous_hash" && name != "signature" && !absl::StartsWith(name, "head.") &&
         !absl::StartsWith(name, "lost.") && !absl::StartsWith(name, "rollup.") &&
         !absl::StartsWith(name, "inspection.matches");
}

Column ColumnOf(const flows::FlowField& field) {
  Column column;
  column.name = absl::StrReplaceAll(field.name, {{".", "_"}});
  column.field = field.name;
  column.place = field.place;
  column.read = field.read;
  Flow flow;
  const flows::FieldTarget target = field.place(flow);
  if (std::holds_alternative<absl::Time*>(target)) {
    column.type = ColumnType::kTime;
  } else if (!std::holds_alternative<std::string*>(target)) {
    column.type = ColumnType::kNumber;
  }
  column.optional = std::holds_alternative<std::optional<uint64_t>*>(target);
  return column;
}

std::vector<Column> MakeColumns() {
  std::vector<Column> columns;
  for (const flows::FlowField& field : flows::FlowFields()) {
    if (!Kept(field.name)) continue;
    columns.push_back(ColumnOf(field));
    if (field.name != "inspection.action") continue;
    Column matches;
    matches.name = "inspection_matches";
    columns.push_back(std::move(matches));
  }
  return columns;
}

}  // namespace

const std::vector<Column>& Columns() {
  static const auto* const columns = new std::vector<Column>(MakeColumns());
  return *columns;
}

size_t ColumnNamed(absl::string_view name) {
  static const auto* const numbers = [] {
    auto* const map = new absl::flat_hash_map<std::string, size_t>;
    for (size_t i = 0; i < Columns().size(); ++i) map->emplace(Columns()[i].name, i);
    return map;
  }();
  const auto found = numbers->find(name);
  return found == numbers->end() ? kNoColumn : found->second;
}

bool Column::Absent(uint64_t number, absl::string_view event, absl::string_view method) const {
  if (type != ColumnType::kNumber || number != 0) return false;
  return optional || !flows::MeansZero(field, event, method);
}

absl::string_view Column::Text(const Flow& flow, std::string* scratch) const {
  if (read != nullptr) return *std::get<const std::string*>(read(flow));
  scratch->clear();
  if (!flow.inspection.matches.empty()) flows::AppendMatches(flow, scratch);
  return *scratch;
}

uint64_t Column::Number(const Flow& flow) const {
  const flows::FieldValue value = read(flow);
  if (const auto* const* wide = std::get_if<const uint64_t*>(&value)) return **wide;
  if (const auto* const* narrow = std::get_if<const uint16_t*>(&value)) return **narrow;
  if (const auto* const* flag = std::get_if<const bool*>(&value)) return **flag ? 1 : 0;
  if (const auto* const* time = std::get_if<const absl::Time*>(&value)) {
    return static_cast<uint64_t>(absl::ToUnixMicros(**time));
  }
  if (const auto* const* maybe = std::get_if<const std::optional<uint64_t>*>(&value)) {
    return (*maybe)->has_value() ? ***maybe + 1 : 0;
  }
  return 0;
}

Cell Column::Of(const Flow& flow, std::string* scratch) const {
  if (type == ColumnType::kText) {
    const absl::string_view text = Text(flow, scratch);
    return text.empty() ? Cell() : Cell(text);
  }
  const uint64_t number = Number(flow);
  if (Absent(number, flow.event, flow.http.method)) return {};
  return number - (optional ? 1 : 0);
}

void Column::SetText(absl::string_view value, Flow& flow) const {
  if (place != nullptr) {
    std::get<std::string*>(place(flow))->assign(value.data(), value.size());
  } else if (!value.empty()) {
    flows::ReadMatches(value, flow);
  }
}

void Column::SetNumber(uint64_t value, Flow& flow) const {
  const flows::FieldTarget target = place(flow);
  if (auto* const* wide = std::get_if<uint64_t*>(&target)) **wide = value;
  if (auto* const* narrow = std::get_if<uint16_t*>(&target)) {
    **narrow = static_cast<uint16_t>(value);
  }
  if (auto* const* flag = std::get_if<bool*>(&target)) **flag = value != 0;
  if (auto* const* time = std::get_if<absl::Time*>(&target)) {
    **time = absl::FromUnixMicros(static_cast<int64_t>(value));
  }
  if (auto* const* maybe = std::get_if<std::optional<uint64_t>*>(&target)) {
    **maybe = value == 0 ? std::nullopt : std::optional<uint64_t>(value - 1);
  }
}

}  // namespace firebreak::store
