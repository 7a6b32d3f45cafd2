// Rows on their way into segments, and which of them share one.
#ifndef FIREBREAK_STORE_PENDING_SEGMENTS_H_
#define FIREBREAK_STORE_PENDING_SEGMENTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

#include "flows/flow.h"
#include "store/segment.h"

namespace firebreak::store {

// PendingSegment is one that is being filled, and what the catalog will say of it.
struct PendingSegment {
  SegmentBuilder builder;
  size_t rows = 0;  // once it was finished
  int64_t first_us = 0, last_us = 0;
  absl::flat_hash_set<std::string> parties;  // who is in it
};

// PendingSegments gathers rows. All share one segment, but
//
// - rows whose time is of another order of distance from now than that of the others, or on the
//   other side of it, see AgeStep: so the time that a segment spans is bounded by how far from now
//   it is, whatever lines say of their times, and what is of today is found in few segments;
// - rows of a reporter who has much to say, see kOwnAfterBytes: they are in segments of its own, so
//   that retention can delete these without those of others;
// - rows of one who is to be alone, since they may have names that the catalog does not: a segment
//   with one is looked into for every name.
//
// For one thread.
class PendingSegments {
 public:
  // A flush has this many segments at most, each a file.
  static constexpr size_t kMaxSegments = 64;
  // In kWindow the rows of one reporter take up this much of shared segments at most, or one part
  // in kSharedParts of what all have taken up where that is more; the rest goes to its own.
  static constexpr absl::Duration kWindow = absl::Seconds(10);
  static constexpr uint64_t kOwnAfterBytes = uint64_t{8} << 10;
  static constexpr uint64_t kSharedParts = 16;

  // Key: whose rows alone are in it, or nobody's name; and their AgeStep.
  using Key = std::pair<std::string, int>;

  // fair: whether reporters get segments of their own.
  explicit PendingSegments(bool fair) : fair_(fair) {}

  // alone: the row goes to its reporter's own segment, unless these are half of all by now.
  void Add(const flows::Flow& flow, absl::Time now, bool alone = false);
  void Clear();

  size_t rows() const { return rows_; }
  // Full: before another row all of them are to be written.
  bool full() const;
  std::map<Key, PendingSegment>& segments() { return segments_; }

 private:
  bool MayShare(const flows::Flow& flow, absl::Time now);

  const bool fair_;
  std::map<Key, PendingSegment> segments_;
  size_t rows_ = 0;
  size_t bytes_ = 0;  // in memory, of texts and names
  absl::Time window_ends_ = absl::InfinitePast();
  uint64_t shared_bytes_ = 0;                             // in this window
  absl::flat_hash_map<std::string, uint64_t> shared_by_;  // of them, by reporter
};

// AgeStep sorts times by how far they are from now: 0 is within a minute, then ten minutes, two
// hours, half a day, two days, a month, a year, ten years, and beyond; what is past is less than 0.
int AgeStep(absl::Time time, absl::Time now);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_PENDING_SEGMENTS_H_
