// A segment: many flows in one file, column by column, written once.
#ifndef FIREBREAK_STORE_SEGMENT_H_
#define FIREBREAK_STORE_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "flows/flow.h"

// The file, all numbers varints unless said otherwise:
//   "FBSEG001", a zstd frame for each column, a zstd frame with the directory, its size (4 bytes,
//   little-endian), "FBSEG001".
// Every frame has a checksum. The directory has the number of rows and of columns, and of each
// column its name, kind, and where its frame is and how large. Inside a frame:
//   kNumbers: of each row the zigzag difference to the row before.
//   kTexts:   the number of distinct texts, each with its size; then for each row 0 for the next
//             text that has not come yet, or n for text n - 1.
//   kIds:     32 hex digits or nothing, as two numbers: the upper 64 bits as the texts above, in 8
//             bytes each, text 0 meaning nothing; then for each row with an id the zigzag
//             difference of the lower 64 bits to the row before with the same upper ones. Ids that
//             count up cost next to nothing that way.
// A reader passes over columns that it does not know, and takes those that are missing as absent:
// so an older reader reads newer segments, and the reverse.

namespace firebreak::store {

struct Column;

inline constexpr size_t kMaxSegmentRows = size_t{1} << 16;
// Of the dictionaries of a segment together, so that a reader has memory for each column.
inline constexpr size_t kMaxSegmentText = size_t{64} << 20;

// SegmentBuilder gathers rows. For one thread.
class SegmentBuilder {
 public:
  SegmentBuilder();
  ~SegmentBuilder();
  SegmentBuilder(SegmentBuilder&&) noexcept;
  SegmentBuilder& operator=(SegmentBuilder&&) noexcept;

  // Add takes a row where the segment is not full. It does not change flow.
  void Add(const flows::Flow& flow);
  size_t rows() const { return rows_; }
  size_t text_bytes() const { return text_bytes_; }                 // of the dictionaries
  size_t raw_bytes() const { return text_bytes_ + number_bytes_; }  // of the file, uncompressed
  bool full() const { return rows_ == kMaxSegmentRows || text_bytes_ >= kMaxSegmentText; }
  // Finish returns the file and starts anew, also after an error, which is want of memory.
  absl::StatusOr<std::string> Finish();

 private:
  class TextColumn;
  struct NumberColumn {
    std::vector<uint64_t> values;
  };

  absl::StatusOr<std::string> Encode() const;

  size_t rows_ = 0;
  size_t text_bytes_ = 0;
  size_t number_bytes_ = 0;                         // about
  std::vector<std::unique_ptr<TextColumn>> texts_;  // by column; null for numbers
  std::vector<NumberColumn> numbers_;               // likewise
  std::string scratch_;
};

// ColumnData is one column of a segment, decoded.
class ColumnData {
 public:
  uint64_t Number(size_t row) const { return numbers_.empty() ? 0 : numbers_[row]; }
  // Text is good until the next call; empty is absent.
  absl::string_view Text(size_t row, std::string* scratch) const;
  // texts are those that rows have, each once; none: of numbers, and where they are ids.
  absl::Span<const absl::string_view> texts() const { return entries_; }
  // MayHold is false when no row has this text. An empty text may always be there.
  bool MayHold(absl::string_view text) const;
  bool Holds(size_t row, absl::string_view text) const;
  // Choose leaves these rows, in this order, and of the texts those that they have.
  void Choose(absl::Span<const uint32_t> rows);
  size_t bytes() const;  // of memory

 private:
  friend class Segment;
  absl::Status ReadNumbers(absl::string_view bytes, size_t rows);
  absl::Status ReadTexts(absl::string_view bytes, size_t rows);
  absl::Status ReadIds(absl::string_view bytes, size_t rows);

  std::unique_ptr<const std::string> bytes_;  // entries_ point here
  std::vector<absl::string_view> entries_;
  std::vector<uint32_t> codes_;    // of entries_ or of uppers_
  std::vector<uint64_t> uppers_;   // of ids; the first means none
  std::vector<uint64_t> numbers_;  // of ids: the lower halves
};

// SegmentRows are rows of a segment with all their columns, decoded.
class SegmentRows {
 public:
  size_t size() const { return rows_; }
  size_t bytes() const;  // of memory
  void Choose(absl::Span<const uint32_t> rows);
  flows::Flow Row(size_t row, std::string* scratch) const;

 private:
  friend class Segment;
  size_t rows_ = 0;
  std::vector<std::pair<const Column*, ColumnData>> columns_;
};

// Segment reads one. What it is given must outlive it. No bytes crash it; what a frame claims to
// hold is bounded before memory is taken.
class Segment {
 public:
  static absl::StatusOr<Segment> Parse(absl::string_view file);

  size_t rows() const { return rows_; }
  // Has is false for a column that its writer did not know.
  bool Has(size_t column) const { return !entries_[column].frame.empty(); }
  // Read decodes a column by its number in Columns(); one that is not in the segment reads as
  // absent everywhere.
  absl::StatusOr<ColumnData> Read(size_t column) const;
  // Decode reads all columns, each with its texts once.
  absl::StatusOr<SegmentRows> Decode() const;
  // ForEach decodes everything and gives row by row to take, until that returns false. After an
  // error none was given.
  absl::Status ForEach(const std::function<bool(flows::Flow&)>& take) const;

 private:
  struct Entry {
    uint8_t kind = 0;
    absl::string_view frame;
  };
  size_t rows_ = 0;
  std::vector<Entry> entries_;  // by column
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_SEGMENT_H_
