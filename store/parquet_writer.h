// Apache Parquet: rows column by column, in the file that tools for tables read.
#ifndef FIREBREAK_STORE_PARQUET_WRITER_H_
#define FIREBREAK_STORE_PARQUET_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "store/columns.h"

namespace firebreak::store {

// ParquetWriter writes the least of the format that everybody reads: groups of rows, of each column
// one page of version 1, in PLAIN encoding and zstd, each value optional. Texts are UTF8, numbers
// UINT_64, times TIMESTAMP_MICROS in UTC. Memory is that of one group of rows. For one thread.
class ParquetWriter {
 public:
  // A group ends with so many rows, or so many bytes of values.
  static constexpr size_t kGroupRows = size_t{1} << 16;
  static constexpr size_t kGroupBytes = size_t{64} << 20;

  // out is to be binary, and outlives the writer. The file begins with the first row, or Finish.
  ParquetWriter(absl::Span<const Column> columns, std::ostream& out);

  // AddRow takes a cell for each column, of the column's type or absent.
  absl::Status AddRow(absl::Span<const Cell> cells);
  // Finish writes what there is, and the footer. A file without it is none.
  absl::Status Finish();

 private:
  // Page is what has come of one column of the group.
  struct Page {
    void Add(bool has_value);
    // EndRun makes `runs` say of all rows that came which of them have a value.
    void EndRun();

    std::string runs;      // each of one bit
    uint64_t run = 0;      // rows of the one that goes on
    bool present = false;  // in it
    std::string values;    // of the rows that have one
  };

  absl::Status Write(absl::string_view bytes);
  absl::Status WriteGroup();

  const absl::Span<const Column> columns_;
  std::ostream& out_;
  std::vector<Page> pages_;  // by column
  size_t group_rows_ = 0;
  size_t group_bytes_ = 0;
  uint64_t rows_ = 0;     // of the file
  uint64_t written_ = 0;  // bytes of the file
  size_t groups_ = 0;
  std::string footer_groups_;  // what the footer says of them
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_PARQUET_WRITER_H_
