#include "store/flow_table.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "base/moment.h"
#include "base/status.h"
#include "base/time_text.h"
#include "flows/event_names.h"
#include "store/columns.h"
#include "store/moment.h"
#include "store/segment.h"
#include "store/segment_files.h"

namespace firebreak::store {
namespace {

// SQLite's own columns: those of Columns(), then time_us.
size_t TimeUsColumn() { return Columns().size(); }
size_t TimeColumn() {
  static const size_t column = ColumnNamed("time");
  return column;
}
size_t EventColumn() {
  static const size_t column = ColumnNamed("event");
  return column;
}
size_t MethodColumn() {
  static const size_t column = ColumnNamed("http_method");
  return column;
}
FlowTable::Lines LinesOf(absl::string_view event) {
  if (event == flows::kCloseEvent || event == flows::kRequestEvent) return FlowTable::Lines::kEnded;
  const bool alive = event == flows::kOpenEvent || event == flows::kPeriodicEvent;
  return alive ? FlowTable::Lines::kAlive : FlowTable::Lines::kUnknown;
}
bool IsTime(size_t column) { return column == TimeColumn() || column == TimeUsColumn(); }

// Bounds are what a question says of time, in microseconds, both included.
struct Bounds {
  int64_t first = std::numeric_limits<int64_t>::min();
  int64_t last = std::numeric_limits<int64_t>::max();

  bool Hold(int64_t time_us) const { return time_us >= first && time_us <= last; }
};

constexpr Bounds kNoTime = {.first = std::numeric_limits<int64_t>::max(),
                            .last = std::numeric_limits<int64_t>::min()};

// SameText is a column that has to have a text.
struct SameText {
  size_t column = 0;
  std::string text;
};

std::string ValueText(sqlite3_value* value) {
  const void* text = sqlite3_value_text(value);
  const auto size = static_cast<size_t>(sqlite3_value_bytes(value));
  return text == nullptr ? std::string() : std::string(static_cast<const char*>(text), size);
}

// Narrow takes one comparison with time into the bounds.
void Narrow(int op, int64_t bound, Bounds* bounds) {
  // One microsecond more or less; at the ends of the numbers there is no more.
  const int64_t above = bound == std::numeric_limits<int64_t>::max() ? bound : bound + 1;
  const int64_t below = bound == std::numeric_limits<int64_t>::min() ? bound : bound - 1;
  if (op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_EQ) {
    bounds->first = std::max(bounds->first, bound);
  }
  if (op == SQLITE_INDEX_CONSTRAINT_LE || op == SQLITE_INDEX_CONSTRAINT_EQ) {
    bounds->last = std::min(bounds->last, bound);
  }
  if (op == SQLITE_INDEX_CONSTRAINT_GT) bounds->first = std::max(bounds->first, above);
  if (op == SQLITE_INDEX_CONSTRAINT_LT) bounds->last = std::min(bounds->last, below);
}

// NarrowTime takes a comparison of time with any value. Times compare as times, however they are
// written; what is none is an error, and nothing compares with NULL.
absl::Status NarrowTime(int op, sqlite3_value* value, Bounds* bounds) {
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    *bounds = kNoTime;
    return absl::OkStatus();
  }
  const std::string text = ValueText(value);
  const std::optional<int64_t> moment = ParseMoment(text);
  if (!moment.has_value()) return NoMoment(text);
  Narrow(op, *moment, bounds);
  return absl::OkStatus();
}

struct Table : sqlite3_vtab {
  explicit Table(const FlowTable::Part* of) : sqlite3_vtab{}, part(of) {}
  const FlowTable::Part* part;
};

void SetError(sqlite3_vtab* table, const absl::Status& error) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", std::string(error.message()).c_str());
}

// Cursor goes through the rows of one question, segment by segment.
class Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(const FlowTable::Part& part)
      : sqlite3_vtab_cursor{}, owner_(&part.owner), lines_(part.lines) {}

  absl::Status Start(absl::string_view plan, int count, sqlite3_value** values);
  absl::Status Next();
  bool AtEnd() const { return !segment_.has_value(); }
  absl::Status Result(sqlite3_context* context, size_t column);
  int64_t RowId() const { return files_[at_ - 1].id * int64_t{kMaxSegmentRows} + int64_t(row_); }

 private:
  absl::Status OpenNext();
  absl::StatusOr<bool> MayHoldAll();
  absl::StatusOr<bool> MayHoldPart();
  bool InPart();
  bool RowMatches();
  absl::StatusOr<const ColumnData*> Data(size_t column);
  // IsAbsent: a 0 in this column of the row stands for nothing.
  absl::StatusOr<bool> IsAbsent(const Column& column);
  // InFile names the open file in an error.
  absl::Status InFile(const absl::Status& error) const {
    return absl::DataLossError(absl::StrCat(files_[at_ - 1].path, ": ", error.message()));
  }

  FlowTable* owner_;
  const FlowTable::Lines lines_;
  bool mixed_ = false;  // the segment has rows of other tables
  std::vector<SegmentFile> files_;
  size_t at_ = 0;  // of the next file
  Bounds bounds_;
  bool bounded_ = false;
  std::vector<SameText> same_;
  std::string file_;
  std::optional<Segment> segment_;
  std::vector<std::optional<ColumnData>> data_;
  size_t row_ = 0;
  std::string scratch_;
};

absl::Status Cursor::Start(absl::string_view plan, int count, sqlite3_value** values) {
  bounds_ = {};
  bounded_ = false;
  same_.clear();
  SegmentQuestion question;
  int next = 0;
  for (const absl::string_view word : absl::StrSplit(plan, ' ', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(word, ':');
    size_t column = 0;
    int op = 0;
    if (next >= count || !absl::SimpleAtoi(parts.first, &column) ||
        !absl::SimpleAtoi(parts.second, &op)) {
      return absl::InternalError("a plan that is not ours");
    }
    sqlite3_value* const value = values[next++];
    if (column == TimeColumn()) {
      FB_RETURN_IF_ERROR(NarrowTime(op, value, &bounds_));
      bounded_ = true;
    } else if (column == TimeUsColumn()) {
      if (sqlite3_value_type(value) != SQLITE_INTEGER) continue;  // for SQLite to compare
      Narrow(op, sqlite3_value_int64(value), &bounds_);
      bounded_ = true;
    } else if (sqlite3_value_type(value) == SQLITE_TEXT) {
      same_.push_back({.column = column, .text = ValueText(value)});
      const std::string& name = Columns()[column].name;
      if (name == "source_principal" || name == "destination_principal") {
        question.parties.push_back(same_.back().text);
      }
    }
  }
  question.since = absl::FromUnixMicros(bounds_.first);
  question.until = absl::FromUnixMicros(bounds_.last);
  FB_ASSIGN_OR_RETURN(files_, SegmentsFor(owner_->catalog(), owner_->folder(), question));
  at_ = 0;
  segment_.reset();
  return OpenNext();
}

absl::Status Cursor::OpenNext() {
  while (true) {
    segment_.reset();
    data_.clear();
    if (at_ == files_.size()) return absl::OkStatus();
    if (owner_->Late()) return absl::DeadlineExceededError("took too long");
    auto file = ReadSegment(owner_->catalog(), files_[at_++]);
    if (absl::IsNotFound(file.status())) continue;  // retired meanwhile
    if (!file.ok()) return file.status();
    owner_->CountSegment();
    file_ = *std::move(file);
    auto segment = Segment::Parse(file_);
    if (!segment.ok()) return InFile(segment.status());
    segment_ = *std::move(segment);
    data_.resize(Columns().size());
    FB_ASSIGN_OR_RETURN(const bool may, MayHoldAll());
    row_ = ~size_t{0};
    if (may) return Next();
  }
}

absl::StatusOr<bool> Cursor::MayHoldAll() {
  if (bounded_) FB_RETURN_IF_ERROR(Data(TimeColumn()).status());
  for (const SameText& same : same_) {
    FB_ASSIGN_OR_RETURN(const ColumnData* const data, Data(same.column));
    if (!data->MayHold(same.text)) return false;
  }
  return MayHoldPart();
}

// MayHoldPart is false when no row of the segment is of this table.
absl::StatusOr<bool> Cursor::MayHoldPart() {
  FB_ASSIGN_OR_RETURN(const ColumnData* const events, Data(EventColumn()));
  const absl::Span<const absl::string_view> present = events->texts();
  const auto ours = std::count_if(present.begin(), present.end(), [this](absl::string_view event) {
    return LinesOf(event) == lines_;
  });
  mixed_ = ours < static_cast<std::ptrdiff_t>(present.size()) || present.empty();
  return ours > 0 || present.empty();
}

bool Cursor::InPart() { return LinesOf(data_[EventColumn()]->Text(row_, &scratch_)) == lines_; }

bool Cursor::RowMatches() {
  if (mixed_ && !InPart()) return false;
  if (bounded_ && !bounds_.Hold(static_cast<int64_t>(data_[TimeColumn()]->Number(row_)))) {
    return false;
  }
  for (const SameText& same : same_) {
    if (!data_[same.column]->Holds(row_, same.text)) return false;
  }
  return true;
}

absl::Status Cursor::Next() {
  while (++row_ < segment_->rows()) {
    if (RowMatches()) return absl::OkStatus();
  }
  return OpenNext();
}

absl::StatusOr<const ColumnData*> Cursor::Data(size_t column) {
  if (!data_[column].has_value()) {
    auto data = segment_->Read(column);
    if (!data.ok()) return InFile(data.status());
    data_[column] = *std::move(data);
  }
  return &*data_[column];
}

absl::StatusOr<bool> Cursor::IsAbsent(const Column& column) {
  FB_ASSIGN_OR_RETURN(const ColumnData* const events, Data(EventColumn()));
  FB_ASSIGN_OR_RETURN(const ColumnData* const methods, Data(MethodColumn()));
  std::string scratch;
  return column.Absent(0, events->Text(row_, &scratch_), methods->Text(row_, &scratch));
}

absl::Status Cursor::Result(sqlite3_context* context, size_t column) {
  const size_t source = column == TimeUsColumn() ? TimeColumn() : column;
  FB_ASSIGN_OR_RETURN(const ColumnData* const data, Data(source));
  const Column& kind = Columns()[source];
  if (kind.type == ColumnType::kText) {
    const absl::string_view text = data->Text(row_, &scratch_);
    if (text.empty()) {
      sqlite3_result_null(context);
    } else {
      sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    return absl::OkStatus();
  }
  const uint64_t number = data->Number(row_);
  if (column == TimeColumn()) {
    scratch_.clear();
    AppendRfc3339(absl::FromUnixMicros(static_cast<int64_t>(number)), &scratch_);
    sqlite3_result_text64(context, scratch_.data(), scratch_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return absl::OkStatus();
  }
  if (number == 0) {
    FB_ASSIGN_OR_RETURN(const bool absent, IsAbsent(kind));
    if (absent) {
      sqlite3_result_null(context);
      return absl::OkStatus();
    }
  }
  // What SQLite has no number for is its largest.
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  const uint64_t shown = number - (kind.optional ? 1 : 0);
  const bool moment = column == TimeUsColumn();  // may be negative
  sqlite3_result_int64(context, static_cast<int64_t>(moment ? number : std::min(shown, kMost)));
  return absl::OkStatus();
}

Cursor* CursorOf(sqlite3_vtab_cursor* base) { return static_cast<Cursor*>(base); }

int ResultOf(sqlite3_vtab_cursor* base, const absl::Status& status) {
  if (status.ok()) return SQLITE_OK;
  SetError(base->pVtab, status);
  return SQLITE_ERROR;
}

std::string TypeOf(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return " TEXT";
    case ColumnType::kNumber:
      return " INTEGER";
    case ColumnType::kTime:
      return absl::StrCat(" TEXT COLLATE ", MomentOrder::kName);
  }
  return "";
}

// What SQLite calls. None of it throws but for want of memory.
int Connect(sqlite3* database, void* part, int /*count*/, const char* const* /*words*/,
            sqlite3_vtab** out, char** error) {
  std::string sql = "CREATE TABLE flows (";
  for (const Column& column : Columns()) {
    absl::StrAppend(&sql, column.name, TypeOf(column.type), ", ");
  }
  absl::StrAppend(&sql, "time_us INTEGER)");
  const int result = sqlite3_declare_vtab(database, sql.c_str());
  if (result != SQLITE_OK) {
    *error = sqlite3_mprintf("%s", sqlite3_errmsg(database));
    return result;
  }
  *out = std::make_unique<Table>(static_cast<const FlowTable::Part*>(part)).release();
  return SQLITE_OK;
}

int Disconnect(sqlite3_vtab* base) {
  delete static_cast<Table*>(base);
  return SQLITE_OK;
}

bool Comparison(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_GE ||
         op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_LE ||
         op == SQLITE_INDEX_CONSTRAINT_LT;
}

// Narrows tells whether the table can make use of a comparison. Texts have to be compared in the
// column's own collation: in another one other texts are equal, or earlier.
bool Narrows(sqlite3_index_info* info, int constraint, size_t column) {
  const int op = info->aConstraint[constraint].op;
  if (column == TimeUsColumn()) return Comparison(op);
  const char* const collation = sqlite3_vtab_collation(info, constraint);
  if (column == TimeColumn()) {
    return Comparison(op) && sqlite3_stricmp(collation, MomentOrder::kName) == 0;
  }
  return op == SQLITE_INDEX_CONSTRAINT_EQ && Columns()[column].type == ColumnType::kText &&
         sqlite3_stricmp(collation, "BINARY") == 0;
}

// Plan hands on what narrows. SQLite looks at each row again, but for the times: there the bounds
// are all that was asked, and the rows' texts need not be made.
int Plan(sqlite3_vtab* /*base*/, sqlite3_index_info* info) {
  std::string plan;
  int arguments = 0;
  double rows = 1e7;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn < 0) continue;
    const auto column = static_cast<size_t>(constraint.iColumn);
    if (!Narrows(info, i, column)) continue;
    absl::StrAppend(&plan, column, ":", static_cast<int>(constraint.op), " ");
    info->aConstraintUsage[i].argvIndex = ++arguments;
    info->aConstraintUsage[i].omit = column == TimeColumn() ? 1 : 0;
    rows /= IsTime(column) ? 4 : 20;
  }
  info->idxStr = sqlite3_mprintf("%s", plan.c_str());
  info->needToFreeIdxStr = 1;
  info->estimatedCost = rows;
  info->estimatedRows = static_cast<sqlite3_int64>(rows);
  return info->idxStr == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int Open(sqlite3_vtab* base, sqlite3_vtab_cursor** out) {
  *out = std::make_unique<Cursor>(*static_cast<Table*>(base)->part).release();
  return SQLITE_OK;
}

int Close(sqlite3_vtab_cursor* base) {
  delete CursorOf(base);
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* base, int /*number*/, const char* plan, int count,
           sqlite3_value** values) {
  return ResultOf(base, CursorOf(base)->Start(plan, count, values));
}

int Next(sqlite3_vtab_cursor* base) { return ResultOf(base, CursorOf(base)->Next()); }
int AtEnd(sqlite3_vtab_cursor* base) { return CursorOf(base)->AtEnd() ? 1 : 0; }

int GetColumn(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  return ResultOf(base, CursorOf(base)->Result(context, static_cast<size_t>(column)));
}

int GetRowId(sqlite3_vtab_cursor* base, sqlite3_int64* id) {
  *id = CursorOf(base)->RowId();
  return SQLITE_OK;
}

// No xCreate: the table is there by itself, and cannot be made or dropped.
sqlite3_module MakeModule() {
  sqlite3_module module{};
  module.xConnect = Connect;
  module.xDisconnect = Disconnect;
  module.xBestIndex = Plan;
  module.xOpen = Open;
  module.xClose = Close;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = AtEnd;
  module.xColumn = GetColumn;
  module.xRowid = GetRowId;
  return module;
}

}  // namespace

FlowTable::FlowTable(const Database& catalog, std::string folder)
    : catalog_(catalog), folder_(std::move(folder)) {}

absl::Status FlowTable::Register(Database& connection) {
  static const sqlite3_module module = MakeModule();
  const auto make = [&](const char* name, Part& part) {
    return sqlite3_create_module_v2(connection.handle(), name, &module, &part, nullptr) ==
           SQLITE_OK;
  };
  const bool made =
      make("flows", flows_) && make("progress", progress_) && make("unknown_events", unknown_);
  return made ? absl::OkStatus() : connection.Error("store");
}

}  // namespace firebreak::store
