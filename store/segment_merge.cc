#include "store/segment_merge.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/columns.h"
#include "store/segment.h"

namespace firebreak::store {
namespace {

// Source is one segment on its way through the merge: some of its rows, by time.
class Source {
 public:
  // share: bytes of memory.
  Source(const SegmentFile& file, size_t share) : file_(&file), share_(share) {}

  // Fill reads the rows after those that were given, as many as its share has room for.
  absl::Status Fill(const Database& catalog, const TimeRange& range);
  // empty: nothing is left of what Fill read; done: nor of the segment.
  bool empty() const { return at_ == times_.size(); }
  bool done() const { return empty() && !more_; }
  int64_t time_us() const { return times_[at_]; }
  flows::Flow Take() { return rows_.Row(at_++, &scratch_); }

  // Before: which of two goes first that are not empty.
  bool Before(const Source& other) const {
    return std::pair(time_us(), file_->id) < std::pair(other.time_us(), other.file_->id);
  }

 private:
  absl::Status Read(absl::string_view bytes, const TimeRange& range);

  const SegmentFile* file_;
  size_t share_;
  size_t given_ = 0;  // rows within the range, before these
  bool more_ = false;
  SegmentRows rows_;
  std::vector<int64_t> times_;  // of rows_
  size_t at_ = 0;
  std::string scratch_;
};

absl::Status Source::Fill(const Database& catalog, const TimeRange& range) {
  given_ += times_.size();
  more_ = false;
  rows_ = SegmentRows();
  times_.clear();
  at_ = 0;
  const auto bytes = ReadSegment(catalog, *file_);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();  // retired meanwhile
  if (!bytes.ok()) return bytes.status();
  absl::Status read = Read(*bytes, range);
  if (read.ok()) return read;
  return absl::DataLossError(absl::StrCat(file_->path, ": ", read.message()));
}

absl::Status Source::Read(absl::string_view bytes, const TimeRange& range) {
  FB_ASSIGN_OR_RETURN(const Segment segment, Segment::Parse(bytes));
  FB_ASSIGN_OR_RETURN(const ColumnData times, segment.Read(ColumnNamed("time")));
  const auto time_of = [&times](size_t row) { return static_cast<int64_t>(times.Number(row)); };
  const int64_t since = absl::ToUnixMicros(range.since);
  const int64_t until = absl::ToUnixMicros(range.until);
  std::vector<uint32_t> order;
  order.reserve(segment.rows());
  for (size_t row = 0; row < segment.rows(); ++row) {
    if (time_of(row) >= since && time_of(row) <= until) order.push_back(static_cast<uint32_t>(row));
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return time_of(a) < time_of(b); });
  order.erase(order.begin(), order.begin() + static_cast<int64_t>(std::min(given_, order.size())));
  if (order.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(rows_, segment.Decode());
  const size_t room = std::max<size_t>(1, share_ / (rows_.bytes() / segment.rows() + 1));
  more_ = room < order.size();
  if (more_) order.resize(room);
  times_.reserve(order.size());
  for (const uint32_t row : order) times_.push_back(time_of(row));
  const bool as_it_came =
      order.size() == segment.rows() && std::is_sorted(order.begin(), order.end());
  if (!as_it_came) rows_.Choose(order);
  return absl::OkStatus();
}

// RowsAtOnce is how many rows the files have that hold the same moment, at most.
uint64_t RowsAtOnce(const std::vector<SegmentFile>& files) {
  using End = std::pair<int64_t, uint64_t>;  // of a file, and how many rows it has
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  uint64_t rows = 0;
  uint64_t most = 1;
  for (const SegmentFile& file : files) {
    for (; !ends.empty() && ends.top().first < file.first_us; ends.pop()) rows -= ends.top().second;
    ends.emplace(file.last_us, file.rows);
    rows += file.rows;
    most = std::max(most, rows);
  }
  return most;
}

}  // namespace

absl::Status MergeSegments(const Database& catalog, const std::vector<SegmentFile>& files,
                           const TimeRange& range, const std::function<bool(flows::Flow&)>& take,
                           size_t bytes) {
  const uint64_t rows_at_once = RowsAtOnce(files);
  const auto later = [](const std::unique_ptr<Source>& a, const std::unique_ptr<Source>& b) {
    return b->Before(*a);
  };
  std::vector<std::unique_ptr<Source>> open;  // a heap, the earliest in front
  auto next = files.begin();                  // to be opened
  while (true) {
    while (next != files.end() && (open.empty() || next->first_us <= open.front()->time_us())) {
      auto source = std::make_unique<Source>(*next, bytes * next->rows / rows_at_once);
      ++next;
      FB_RETURN_IF_ERROR(source->Fill(catalog, range));
      if (source->done()) continue;
      open.push_back(std::move(source));
      std::push_heap(open.begin(), open.end(), later);
    }
    if (open.empty()) return absl::OkStatus();
    std::pop_heap(open.begin(), open.end(), later);
    std::unique_ptr<Source> source = std::move(open.back());
    open.pop_back();
    // As long as no other one has its turn.
    do {
      flows::Flow flow = source->Take();
      if (!take(flow)) return absl::OkStatus();
      if (source->empty() && !source->done()) {
        FB_RETURN_IF_ERROR(source->Fill(catalog, range));
      }
    } while (!source->done() && (open.empty() || source->Before(*open.front())) &&
             (next == files.end() || source->time_us() < next->first_us));
    if (source->done()) continue;
    open.push_back(std::move(source));
    std::push_heap(open.begin(), open.end(), later);
  }
}

}  // namespace firebreak::store
