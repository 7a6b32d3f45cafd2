#include "store/clickhouse_answer.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "flows/json_reader.h"

namespace firebreak::store {
namespace {

constexpr size_t kMaxRowBytes = size_t{64} << 20;

absl::Status Unexpected() {
  return absl::DataLossError(
      "ClickHouse answered in another form than it was asked for: leave FORMAT out");
}

// Unescaped undoes what the format does to a text.
std::string Unescaped(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    switch (text[++i]) {
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case '0':
        out.push_back('\0');
        break;
      default:
        out.push_back(text[i]);
    }
  }
  return out;
}

std::optional<int64_t> Integer(absl::string_view text) {
  int64_t number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  uint64_t large = 0;
  if (absl::SimpleAtoi(text, &large)) return std::numeric_limits<int64_t>::max();
  return std::nullopt;
}

}  // namespace

absl::Status RowBinaryLines::Feed(absl::string_view bytes) {
  rest_.append(bytes.data(), bytes.size());
  absl::string_view left = rest_;
  while (!left.empty()) {
    uint64_t size = 0;
    size_t used = 0;
    bool whole = false;
    for (int shift = 0; used < left.size() && shift < 28 && !whole; shift += 7) {
      const auto byte = static_cast<uint8_t>(left[used++]);
      size |= uint64_t{byte & 0x7fU} << shift;
      whole = (byte & 0x80) == 0;
    }
    if (size > flows::kMaxFlowLineBytes || (!whole && used >= 4)) return Unexpected();
    if (!whole || left.size() - used < size) break;
    FB_RETURN_IF_ERROR(take_(left.substr(used, size)));
    left.remove_prefix(used + size);
  }
  rest_.erase(0, rest_.size() - left.size());
  return absl::OkStatus();
}

absl::Status RowBinaryLines::End() const {
  if (rest_.empty()) return absl::OkStatus();
  return absl::DataLossError("ClickHouse's answer was cut short");
}

TypedRows::Kind TypedRows::KindOf(absl::string_view type) {
  if (absl::ConsumePrefix(&type, "Nullable(")) absl::ConsumeSuffix(&type, ")");
  if (absl::StartsWith(type, "UInt") || absl::StartsWith(type, "Int")) return Kind::kInteger;
  if (absl::StartsWith(type, "Float") || absl::StartsWith(type, "Decimal")) return Kind::kFraction;
  return Kind::kText;
}

absl::Status TypedRows::Feed(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t line_feed = bytes.find('\n');
    const absl::string_view piece = bytes.substr(0, line_feed);
    if (rest_.size() + piece.size() > kMaxRowBytes) return absl::OutOfRangeError("a row too long");
    rest_.append(piece.data(), piece.size());
    if (line_feed == absl::string_view::npos) return absl::OkStatus();
    bytes.remove_prefix(line_feed + 1);
    FB_RETURN_IF_ERROR(TakeLine(std::exchange(rest_, std::string())));
  }
  return absl::OkStatus();
}

absl::Status TypedRows::TakeLine(absl::string_view line) {
  const std::vector<absl::string_view> cells = absl::StrSplit(line, '\t');
  if (names_.empty()) {
    for (const absl::string_view cell : cells) names_.push_back(Unescaped(cell));
    return absl::OkStatus();
  }
  if (cells.size() != names_.size()) return Unexpected();
  if (kinds_.empty()) {
    for (const absl::string_view cell : cells) kinds_.push_back(KindOf(cell));
    on_header_(names_);
    return absl::OkStatus();
  }
  std::vector<Value> row(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] == "\\N") continue;
    double fraction = 0;
    if (kinds_[i] == Kind::kInteger) {
      const std::optional<int64_t> number = Integer(cells[i]);
      if (!number.has_value()) return Unexpected();
      row[i] = *number;
    } else if (kinds_[i] == Kind::kFraction && absl::SimpleAtod(cells[i], &fraction)) {
      row[i] = fraction;
    } else {
      row[i] = Unescaped(cells[i]);
    }
  }
  return on_row_(row);
}

absl::Status TypedRows::End() const {
  return rest_.empty() && !kinds_.empty() ? absl::OkStatus() : Unexpected();
}

}  // namespace firebreak::store
