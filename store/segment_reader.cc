#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/bytes.h"
#include "store/columns.h"
#include "store/segment.h"
#include "store/segment_format.h"

namespace firebreak::store {
namespace {

constexpr size_t kMaxDirectoryBytes = size_t{64} << 10;
constexpr size_t kMaxColumnBytes = size_t{256} << 20;
constexpr size_t kMaxColumns = 512;
constexpr size_t kTrailerBytes = 4 + 8;

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("damaged segment: ", what));
}

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  }
  return value;
}

// ReadCodes reads one code for each of rows: 0 for the next entry that has not come, n for n - 1.
absl::Status ReadCodes(ByteReader& reader, size_t rows, size_t entries,
                       std::vector<uint32_t>* codes) {
  uint64_t next = 0;
  codes->reserve(rows);
  for (size_t i = 0; i < rows; ++i) {
    const uint64_t number = reader.Varint();
    const uint64_t code = number == 0 ? next++ : number - 1;
    if (!reader.ok() || code >= entries || code >= next) return Damaged("a code");
    codes->push_back(static_cast<uint32_t>(code));
  }
  return absl::OkStatus();
}

template <typename T>
void Pick(absl::Span<const uint32_t> rows, std::vector<T>* values) {
  if (values->empty()) return;  // absent everywhere
  std::vector<T> picked;
  picked.reserve(rows.size());
  for (const uint32_t row : rows) picked.push_back((*values)[row]);
  *values = std::move(picked);
}

// KeepUsed leaves the entries that a code has, beside the first `always`, and renumbers the codes.
template <typename T>
void KeepUsed(size_t always, std::vector<uint32_t>* codes, std::vector<T>* entries) {
  constexpr uint32_t kUnused = ~uint32_t{0};
  std::vector<uint32_t> numbers(entries->size(), kUnused);
  std::vector<T> kept;
  const auto number_of = [&](uint32_t code) {
    if (numbers[code] == kUnused) {
      numbers[code] = static_cast<uint32_t>(kept.size());
      kept.push_back((*entries)[code]);
    }
    return numbers[code];
  };
  for (uint32_t code = 0; code < always; ++code) number_of(code);
  for (uint32_t& code : *codes) code = number_of(code);
  *entries = std::move(kept);
}

void AppendHex(uint64_t value, std::string* out) {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out->push_back(kDigits[(value >> shift) & 15]);
}

}  // namespace

absl::Status ColumnData::ReadNumbers(absl::string_view bytes, size_t rows) {
  ByteReader reader(bytes);
  numbers_.reserve(rows);
  uint64_t value = 0;
  for (size_t i = 0; i < rows; ++i) {
    value += Unzigzag(reader.Varint());
    numbers_.push_back(value);
  }
  return reader.ok() && reader.AtEnd() ? absl::OkStatus() : Damaged("numbers");
}

absl::Status ColumnData::ReadTexts(absl::string_view bytes, size_t rows) {
  bytes_ = std::make_unique<const std::string>(bytes);
  ByteReader reader(*bytes_);
  const uint64_t count = reader.Varint();
  if (count > rows) return Damaged("more texts than rows");
  entries_.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) entries_.push_back(reader.Bytes(reader.Varint()));
  if (!reader.ok()) return Damaged("texts");
  FB_RETURN_IF_ERROR(ReadCodes(reader, rows, entries_.size(), &codes_));
  return reader.AtEnd() ? absl::OkStatus() : Damaged("more than its rows");
}

absl::Status ColumnData::ReadIds(absl::string_view bytes, size_t rows) {
  ByteReader reader(bytes);
  const uint64_t count = reader.Varint();
  if (count > rows) return Damaged("more ids than rows");
  uppers_.assign(1, 0);
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    uppers_.push_back(LittleEndian(reader.Bytes(8)));
  }
  // The first code belongs to no row: it brings in the upper half that means none.
  FB_RETURN_IF_ERROR(ReadCodes(reader, rows + 1, uppers_.size(), &codes_));
  codes_.erase(codes_.begin());
  std::vector<uint64_t> last(uppers_.size());
  numbers_.reserve(rows);
  for (const uint32_t code : codes_) {
    if (code != 0) last[code] += Unzigzag(reader.Varint());
    numbers_.push_back(last[code]);
  }
  return reader.ok() && reader.AtEnd() ? absl::OkStatus() : Damaged("ids");
}

absl::string_view ColumnData::Text(size_t row, std::string* scratch) const {
  if (codes_.empty()) return {};
  const uint32_t code = codes_[row];
  if (uppers_.empty()) return entries_[code];
  scratch->clear();
  if (code == 0) return {};
  AppendHex(uppers_[code], scratch);
  AppendHex(numbers_[row], scratch);
  return *scratch;
}

bool ColumnData::MayHold(absl::string_view text) const {
  if (text.empty() || !uppers_.empty()) return true;
  return std::find(entries_.begin(), entries_.end(), text) != entries_.end();
}

bool ColumnData::Holds(size_t row, absl::string_view text) const {
  std::string scratch;
  return Text(row, &scratch) == text;
}

size_t ColumnData::bytes() const {
  return (bytes_ == nullptr ? 0 : bytes_->size()) + entries_.size() * sizeof(entries_[0]) +
         codes_.size() * sizeof(codes_[0]) + uppers_.size() * sizeof(uppers_[0]) +
         numbers_.size() * sizeof(numbers_[0]);
}

void ColumnData::Choose(absl::Span<const uint32_t> rows) {
  const bool fewer = rows.size() < std::max(codes_.size(), numbers_.size());
  Pick(rows, &codes_);
  Pick(rows, &numbers_);
  if (!fewer) return;
  if (!uppers_.empty()) KeepUsed(/*always=*/1, &codes_, &uppers_);
  if (entries_.empty()) return;
  KeepUsed(/*always=*/0, &codes_, &entries_);
  size_t size = 0;
  for (const absl::string_view text : entries_) size += text.size();
  std::string kept;
  kept.reserve(size);
  for (const absl::string_view text : entries_) absl::StrAppend(&kept, text);
  bytes_ = std::make_unique<const std::string>(std::move(kept));
  size_t at = 0;
  for (absl::string_view& text : entries_) {
    text = absl::string_view(*bytes_).substr(at, text.size());
    at += text.size();
  }
}

absl::StatusOr<Segment> Segment::Parse(absl::string_view file) {
  const size_t magic = kSegmentMagic.size();
  if (file.size() < magic + kTrailerBytes || file.substr(0, magic) != kSegmentMagic ||
      file.substr(file.size() - magic) != kSegmentMagic) {
    return Damaged("not whole");
  }
  const absl::string_view body = file.substr(magic, file.size() - magic - kTrailerBytes);
  const uint64_t size = LittleEndian(file.substr(file.size() - kTrailerBytes, 4));
  if (size > body.size()) return Damaged("the directory's size");
  const auto directory =
      Decompress(body.substr(body.size() - static_cast<size_t>(size)), kMaxDirectoryBytes);
  if (!directory.ok()) return Damaged(directory.status().message());
  const absl::string_view frames = file.substr(0, magic + body.size() - static_cast<size_t>(size));
  ByteReader reader(*directory);
  Segment segment;
  const uint64_t rows = reader.Varint();
  const uint64_t count = reader.Varint();
  if (!reader.ok() || rows > kMaxSegmentRows || count > kMaxColumns) return Damaged("its sizes");
  segment.rows_ = static_cast<size_t>(rows);
  segment.entries_.resize(Columns().size());
  for (uint64_t i = 0; i < count; ++i) {
    const absl::string_view name = reader.Bytes(reader.Varint());
    const uint64_t kind = reader.Varint();
    const uint64_t offset = reader.Varint();
    const uint64_t frame_size = reader.Varint();
    if (!reader.ok() || frame_size == 0 || offset > frames.size() ||
        frame_size > frames.size() - offset) {
      return Damaged("its directory");
    }
    const size_t column = ColumnNamed(name);
    if (column == kNoColumn) continue;  // of a later version
    segment.entries_[column] = {
        .kind = static_cast<uint8_t>(std::min<uint64_t>(kind, 255)),
        .frame = frames.substr(static_cast<size_t>(offset), static_cast<size_t>(frame_size))};
  }
  return segment;
}

absl::StatusOr<ColumnData> Segment::Read(size_t column) const {
  ColumnData data;
  const Entry& entry = entries_[column];
  if (entry.frame.empty()) return data;
  FB_ASSIGN_OR_RETURN(const std::string bytes, Decompress(entry.frame, kMaxColumnBytes));
  const bool number = Columns()[column].type != ColumnType::kText;
  if (number != (entry.kind == static_cast<uint8_t>(ColumnKind::kNumbers))) {
    return Damaged("a column of another type");
  }
  if (number) {
    FB_RETURN_IF_ERROR(data.ReadNumbers(bytes, rows_));
  } else if (entry.kind == static_cast<uint8_t>(ColumnKind::kTexts)) {
    FB_RETURN_IF_ERROR(data.ReadTexts(bytes, rows_));
  } else if (entry.kind == static_cast<uint8_t>(ColumnKind::kIds)) {
    FB_RETURN_IF_ERROR(data.ReadIds(bytes, rows_));
  } else {
    return Damaged("a column of an unknown kind");
  }
  return data;
}

absl::StatusOr<SegmentRows> Segment::Decode() const {
  SegmentRows decoded;
  decoded.rows_ = rows_;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].frame.empty()) continue;  // fields are absent as they are made
    FB_ASSIGN_OR_RETURN(ColumnData data, Read(i));
    decoded.columns_.emplace_back(&Columns()[i], std::move(data));
  }
  return decoded;
}

absl::Status Segment::ForEach(const std::function<bool(flows::Flow&)>& take) const {
  FB_ASSIGN_OR_RETURN(const SegmentRows decoded, Decode());
  std::string scratch;
  for (size_t row = 0; row < decoded.size(); ++row) {
    flows::Flow flow = decoded.Row(row, &scratch);
    if (!take(flow)) break;
  }
  return absl::OkStatus();
}

size_t SegmentRows::bytes() const {
  size_t sum = 0;
  for (const auto& [column, data] : columns_) sum += data.bytes();
  return sum;
}

void SegmentRows::Choose(absl::Span<const uint32_t> rows) {
  for (auto& [column, data] : columns_) data.Choose(rows);
  rows_ = rows.size();
}

flows::Flow SegmentRows::Row(size_t row, std::string* scratch) const {
  flows::Flow flow;
  for (const auto& [column, data] : columns_) {
    if (column->type == ColumnType::kText) {
      column->SetText(data.Text(row, scratch), flow);
    } else {
      column->SetNumber(data.Number(row), flow);
    }
  }
  return flow;
}

}  // namespace firebreak::store
