#include "store/parquet_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <variant>

#include "absl/strings/str_cat.h"

#include "store/bytes.h"

namespace firebreak::store {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Struct is a struct of Thrift's compact protocol as it is read back; of a list its items.
struct Struct;
using Value = std::variant<std::monostate, uint64_t, absl::string_view, std::vector<Struct>>;
struct Struct {
  std::map<int, Value> fields;

  uint64_t Number(int field) const { return std::get<uint64_t>(fields.at(field)); }
  absl::string_view Text(int field) const { return std::get<absl::string_view>(fields.at(field)); }
  const std::vector<Struct>& List(int field) const {
    return std::get<std::vector<Struct>>(fields.at(field));
  }
};

Struct ReadStruct(ByteReader& reader);

uint64_t Byte(ByteReader& reader) {
  const absl::string_view byte = reader.Bytes(1);
  return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
}

// ReadValue reads a value of a type; items of a list that are no structs are in field 0.
Value ReadValue(uint64_t type, ByteReader& reader) {
  if (type == 5 || type == 6) return Unzigzag(reader.Varint());
  if (type == 8) return reader.Bytes(reader.Varint());
  if (type == 12) return std::vector<Struct>{ReadStruct(reader)};
  EXPECT_EQ(type, 9U) << "a type that the writer has no use for";
  const uint64_t head = Byte(reader);
  const uint64_t count = head >> 4 == 15 ? reader.Varint() : head >> 4;
  std::vector<Struct> items;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    items.push_back((head & 15) == 12 ? ReadStruct(reader)
                                      : Struct{.fields = {{0, ReadValue(head & 15, reader)}}});
  }
  return items;
}

Struct ReadStruct(ByteReader& reader) {
  Struct read;
  int field = 0;
  while (const uint64_t head = Byte(reader)) {
    field += static_cast<int>(head >> 4);
    read.fields[field] = ReadValue(head & 15, reader);
  }
  EXPECT_TRUE(reader.ok());
  return read;
}

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

Struct FooterOf(absl::string_view file) {
  EXPECT_EQ(file.substr(0, 4), "PAR1");
  EXPECT_EQ(file.substr(file.size() - 4), "PAR1");
  const uint64_t size = LittleEndian(file.substr(file.size() - 8, 4));
  ByteReader reader(file.substr(file.size() - 8 - size, size));
  Struct footer = ReadStruct(reader);
  EXPECT_TRUE(reader.AtEnd());
  return footer;
}

// CellsOf reads the one page of a column, as texts; "-" is absent.
std::vector<std::string> CellsOf(absl::string_view file, const Struct& chunk) {
  const Struct& column = chunk.List(3).front();
  ByteReader reader(file.substr(column.Number(9), column.Number(7)));
  const Struct header = ReadStruct(reader);
  const auto page = Decompress(reader.Bytes(header.Number(3)), header.Number(2));
  EXPECT_TRUE(reader.AtEnd() && page.ok());
  ByteReader values(*page);
  ByteReader levels(values.Bytes(LittleEndian(values.Bytes(4))));
  std::vector<std::string> cells;
  while (!levels.AtEnd()) {
    const uint64_t run = levels.Varint() >> 1;
    const bool present = Byte(levels) != 0;
    for (uint64_t i = 0; i < run; ++i) {
      if (!present) {
        cells.emplace_back("-");
      } else if (column.Number(1) == 6) {
        cells.emplace_back(values.Bytes(LittleEndian(values.Bytes(4))));
      } else {
        cells.push_back(absl::StrCat(LittleEndian(values.Bytes(8))));
      }
    }
  }
  EXPECT_TRUE(values.ok() && values.AtEnd());
  EXPECT_THAT(cells, SizeIs(header.List(5).front().Number(1)));
  return cells;
}

std::vector<Column> ThreeColumns() {
  std::vector<Column> columns(3);
  columns[0].name = "who";
  columns[1] = {.name = "count", .field = {}, .type = ColumnType::kNumber};
  columns[2] = {.name = "when", .field = {}, .type = ColumnType::kTime};
  return columns;
}

TEST(ParquetWriter, WritesWhatReadsBackCellByCell) {
  const std::vector<Column> columns = ThreeColumns();
  std::ostringstream out;
  ParquetWriter writer(columns, out);
  ASSERT_TRUE(writer.AddRow({Cell("ann"), Cell(~uint64_t{0}), Cell(uint64_t{1})}).ok());
  ASSERT_TRUE(writer.AddRow({Cell(), Cell(uint64_t{0}), Cell()}).ok());
  ASSERT_TRUE(writer.AddRow({Cell("\xc3\xa9"), Cell(), Cell(uint64_t{2})}).ok());
  ASSERT_TRUE(writer.Finish().ok());
  const std::string file = out.str();
  const Struct footer = FooterOf(file);
  EXPECT_EQ(footer.Number(3), 3U);
  std::vector<std::string> schema;
  for (const Struct& element : footer.List(2)) {
    const bool root = element.fields.contains(5);
    schema.push_back(absl::StrCat(element.Text(4), " ", element.Number(root ? 5 : 6)));
  }
  EXPECT_THAT(schema, ElementsAre("flows 3", "who 0", "count 14", "when 10"));
  ASSERT_THAT(footer.List(4), SizeIs(1));
  const std::vector<Struct>& chunks = footer.List(4).front().List(1);
  ASSERT_THAT(chunks, SizeIs(3));
  EXPECT_THAT(CellsOf(file, chunks[0]), ElementsAre("ann", "-", "\xc3\xa9"));
  EXPECT_THAT(CellsOf(file, chunks[1]), ElementsAre("18446744073709551615", "0", "-"));
  EXPECT_THAT(CellsOf(file, chunks[2]), ElementsAre("1", "-", "2"));
}

TEST(ParquetWriter, EndsAGroupWhereItIsFull) {
  const std::vector<Column> columns = ThreeColumns();
  std::ostringstream out;
  ParquetWriter writer(columns, out);
  const std::string long_text(ParquetWriter::kGroupBytes / 2, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.AddRow({Cell(long_text), Cell(), Cell()}).ok());
  for (size_t i = 0; i < ParquetWriter::kGroupRows; ++i) {
    ASSERT_TRUE(writer.AddRow({Cell(), Cell(uint64_t{i}), Cell()}).ok());
  }
  ASSERT_TRUE(writer.Finish().ok());
  const Struct footer = FooterOf(out.str());
  std::vector<uint64_t> rows;
  for (const Struct& group : footer.List(4)) rows.push_back(group.Number(3));
  EXPECT_THAT(rows, ElementsAre(2, ParquetWriter::kGroupRows, 1));
  EXPECT_EQ(footer.Number(3), ParquetWriter::kGroupRows + 3);
}

TEST(ParquetWriter, AFileOfNoRowsHasAFooter) {
  const std::vector<Column> columns = ThreeColumns();
  std::ostringstream out;
  ASSERT_TRUE(ParquetWriter(columns, out).Finish().ok());
  EXPECT_EQ(FooterOf(out.str()).Number(3), 0U);
}

TEST(ParquetWriter, SaysWhenItCannotWrite) {
  const std::vector<Column> columns = ThreeColumns();
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(ParquetWriter(columns, out).Finish().ok());
}

}  // namespace
}  // namespace firebreak::store
