#include "store/parquet_writer.h"

#include <ostream>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/varint.h"
#include "store/bytes.h"
#include "store/thrift_writer.h"

namespace firebreak::store {
namespace {

constexpr absl::string_view kMagic = "PAR1";

// Numbers of parquet.thrift.
constexpr uint64_t kInt64 = 2;
constexpr uint64_t kByteArray = 6;
constexpr uint64_t kOptional = 1;
constexpr uint64_t kUtf8 = 0;
constexpr uint64_t kTimestampMicros = 10;
constexpr uint64_t kUint64 = 14;
constexpr uint64_t kPlain = 0;
constexpr uint64_t kRle = 3;
constexpr uint64_t kZstd = 6;
constexpr uint64_t kDataPage = 0;
constexpr uint64_t kVersion = 1;

uint64_t TypeOf(const Column& column) {
  return column.type == ColumnType::kText ? kByteArray : kInt64;
}

uint64_t ConvertedTypeOf(const Column& column) {
  switch (column.type) {
    case ColumnType::kText:
      return kUtf8;
    case ColumnType::kNumber:
      return kUint64;
    case ColumnType::kTime:
      return kTimestampMicros;
  }
  return kUtf8;
}

void AppendLittleEndian(uint64_t value, size_t size, std::string* out) {
  for (size_t i = 0; i < size; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// Schema is a tree of one root, which has a name and children and no type.
std::string Schema(absl::Span<const Column> columns) {
  std::string schema = ThriftWriter().Text(4, "flows").Number32(5, columns.size()).End();
  for (const Column& column : columns) {
    schema += ThriftWriter()
                  .Number32(1, TypeOf(column))
                  .Number32(3, kOptional)
                  .Text(4, column.name)
                  .Number32(6, ConvertedTypeOf(column))
                  .End();
  }
  return schema;
}

std::string PageHeader(size_t rows, size_t plain_size, size_t size) {
  const std::string data = ThriftWriter()
                               .Number32(1, rows)
                               .Number32(2, kPlain)
                               .Number32(3, kRle)
                               .Number32(4, kRle)
                               .End();
  return ThriftWriter()
      .Number32(1, kDataPage)
      .Number32(2, plain_size)
      .Number32(3, size)
      .Struct(5, data)
      .End();
}

// Sizes are of pages with their headers.
struct Sizes {
  uint64_t plain = 0;
  uint64_t compressed = 0;
};

std::string ColumnChunk(const Column& column, size_t rows, const Sizes& sizes, uint64_t offset) {
  const std::string data = ThriftWriter()
                               .Number32(1, TypeOf(column))
                               .Numbers32(2, {kPlain, kRle})
                               .Texts(3, {column.name})
                               .Number32(4, kZstd)
                               .Number64(5, rows)
                               .Number64(6, sizes.plain)
                               .Number64(7, sizes.compressed)
                               .Number64(9, offset)
                               .End();
  return ThriftWriter().Number64(2, offset).Struct(3, data).End();
}

}  // namespace

ParquetWriter::ParquetWriter(absl::Span<const Column> columns, std::ostream& out)
    : columns_(columns), out_(out), pages_(columns.size()) {}

void ParquetWriter::Page::Add(bool has_value) {
  if (has_value == present) {
    ++run;
    return;
  }
  EndRun();
  run = 1;
  present = has_value;
}

void ParquetWriter::Page::EndRun() {
  if (run == 0) return;
  AppendVarint(run << 1, &runs);
  runs.push_back(present ? 1 : 0);
  run = 0;
}

absl::Status ParquetWriter::AddRow(absl::Span<const Cell> cells) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    Page& page = pages_[i];
    const size_t before = page.values.size();
    page.Add(!std::holds_alternative<std::monostate>(cells[i]));
    if (const auto* const number = std::get_if<uint64_t>(&cells[i])) {
      AppendLittleEndian(*number, 8, &page.values);
    } else if (const auto* const text = std::get_if<absl::string_view>(&cells[i])) {
      AppendLittleEndian(text->size(), 4, &page.values);
      page.values.append(text->data(), text->size());
    }
    group_bytes_ += page.values.size() - before;
  }
  const bool full = ++group_rows_ == kGroupRows || group_bytes_ >= kGroupBytes;
  return full ? WriteGroup() : absl::OkStatus();
}

absl::Status ParquetWriter::Write(absl::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out_.good()) return absl::UnknownError("cannot be written to its end");
  written_ += bytes.size();
  return absl::OkStatus();
}

absl::Status ParquetWriter::WriteGroup() {
  if (written_ == 0) FB_RETURN_IF_ERROR(Write(kMagic));
  std::string chunks;
  uint64_t plain_bytes = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    pages_[i].EndRun();
    std::string plain;
    AppendLittleEndian(pages_[i].runs.size(), 4, &plain);
    absl::StrAppend(&plain, pages_[i].runs, pages_[i].values);
    pages_[i] = Page();
    FB_ASSIGN_OR_RETURN(const std::string data, Compress(plain));
    const std::string header = PageHeader(group_rows_, plain.size(), data.size());
    const Sizes sizes = {.plain = header.size() + plain.size(),
                         .compressed = header.size() + data.size()};
    chunks += ColumnChunk(columns_[i], group_rows_, sizes, written_);
    plain_bytes += sizes.plain;
    FB_RETURN_IF_ERROR(Write(header));
    FB_RETURN_IF_ERROR(Write(data));
  }
  footer_groups_ += ThriftWriter()
                        .Structs(1, columns_.size(), chunks)
                        .Number64(2, plain_bytes)
                        .Number64(3, group_rows_)
                        .End();
  ++groups_;
  rows_ += group_rows_;
  group_rows_ = 0;
  group_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status ParquetWriter::Finish() {
  if (written_ == 0) FB_RETURN_IF_ERROR(Write(kMagic));
  if (group_rows_ > 0) FB_RETURN_IF_ERROR(WriteGroup());
  std::string footer = ThriftWriter()
                           .Number32(1, kVersion)
                           .Structs(2, columns_.size() + 1, Schema(columns_))
                           .Number64(3, rows_)
                           .Structs(4, groups_, footer_groups_)
                           .Text(6, "firebreak")
                           .End();
  AppendLittleEndian(footer.size(), 4, &footer);
  footer.append(kMagic.data(), kMagic.size());
  return Write(footer);
}

}  // namespace firebreak::store
