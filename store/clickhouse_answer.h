// What a ClickHouse server answers with, taken apart as it comes.
#ifndef FIREBREAK_STORE_CLICKHOUSE_ANSWER_H_
#define FIREBREAK_STORE_CLICKHOUSE_ANSWER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "store/query.h"

namespace firebreak::store {

// RowBinaryLines reads the format RowBinary of one column of type String: LEB128 of a length, and
// so many bytes.
class RowBinaryLines {
 public:
  // take gets each text; what it returns but OK ends the reading.
  explicit RowBinaryLines(std::function<absl::Status(absl::string_view)> take)
      : take_(std::move(take)) {}

  absl::Status Feed(absl::string_view bytes);
  // End: DataLoss, if it ends within a text.
  absl::Status End() const;

 private:
  const std::function<absl::Status(absl::string_view)> take_;
  std::string rest_;  // of a text that has not come whole
};

// TypedRows reads the format TabSeparatedWithNamesAndTypes. Integers become int64_t, the largest
// where they do not fit; other numbers double; the rest texts.
class TypedRows {
 public:
  using OnHeader = std::function<void(const std::vector<std::string>&)>;

  TypedRows(OnHeader on_header, std::function<absl::Status(absl::Span<const Value>)> on_row)
      : on_header_(std::move(on_header)), on_row_(std::move(on_row)) {}

  absl::Status Feed(absl::string_view bytes);
  absl::Status End() const;

 private:
  enum class Kind : uint8_t { kText, kInteger, kFraction };

  absl::Status TakeLine(absl::string_view line);
  static Kind KindOf(absl::string_view type);

  const OnHeader on_header_;
  const std::function<absl::Status(absl::Span<const Value>)> on_row_;
  std::string rest_;  // of a line that has not come whole
  std::vector<std::string> names_;
  std::vector<Kind> kinds_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_CLICKHOUSE_ANSWER_H_
