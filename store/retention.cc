#include "store/retention.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "base/status.h"
#include "store/catalog.h"

namespace firebreak::store {
namespace {

// A catalog with hardly anything in it is as large as that, and one that is no larger is left
// alone.
constexpr uint64_t kSmallCatalog = uint64_t{1} << 20;

uint64_t CatalogShare(const Retention& retention) {
  return std::max(retention.max_bytes / kCatalogParts, kSmallCatalog);
}

// Cutoff is the moment before which things are too old; an age of zero is no bound.
int64_t Cutoff(absl::Duration age, absl::Time now) {
  return absl::ToUnixMicros(age > absl::ZeroDuration() ? now - age : absl::InfinitePast());
}

struct SegmentSize {
  int64_t id = 0;
  uint64_t rows = 0, bytes = 0;
  uint64_t with_index = 0;  // bytes, and what the catalog has of who is in it
  int64_t ages_from_us = 0;
  std::string reporter;
};

// BySize takes segments out of a row of them, the oldest first, until what is left fits.
class BySize {
 public:
  BySize(std::deque<SegmentSize> segments, uint64_t fair_bytes)
      : segments_(std::move(segments)), fair_bytes_(fair_bytes) {
    for (const SegmentSize& segment : segments_) {
      bytes_ += segment.bytes;
      if (!segment.reporter.empty()) own_[segment.reporter] += segment.with_index;
    }
  }

  uint64_t bytes() const { return bytes_; }

  SegmentSize TakeNext() {
    const std::string* const largest = TooLarge();
    auto next = segments_.begin();
    if (largest != nullptr) {
      next = std::find_if(next, segments_.end(), [largest](const SegmentSize& segment) {
        return segment.reporter == *largest;
      });
    }
    SegmentSize taken = *next;
    segments_.erase(next);
    bytes_ -= taken.bytes;
    if (!taken.reporter.empty()) own_[taken.reporter] -= taken.with_index;
    return taken;
  }

 private:
  // TooLarge is the reporter with the most of its own, where that is more than is fair.
  const std::string* TooLarge() const {
    const auto largest = std::max_element(
        own_.begin(), own_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return largest != own_.end() && largest->second > fair_bytes_ ? &largest->first : nullptr;
  }

  std::deque<SegmentSize> segments_;
  const uint64_t fair_bytes_;
  uint64_t bytes_ = 0;
  std::map<std::string, uint64_t> own_;
};

absl::StatusOr<std::deque<SegmentSize>> SegmentsByAge(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog,
                         "SELECT id, rows, bytes, ages_from_us, reporter, parties FROM "
                         "segment ORDER BY ages_from_us, id"));
  std::deque<SegmentSize> segments;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return segments;
    constexpr int64_t kPartyBytes = 22;  // a row of party_segment, and its place in an index
    segments.push_back(
        {.id = rows.Number(0),
         .rows = static_cast<uint64_t>(rows.Number(1)),
         .bytes = static_cast<uint64_t>(rows.Number(2)),
         .with_index = static_cast<uint64_t>(rows.Number(2) + rows.Number(5) * kPartyBytes),
         .ages_from_us = rows.Number(3),
         .reporter = rows.Text(4)});
  }
}

// Oldest is when the oldest was of what TrimCatalog deletes.
absl::StatusOr<absl::Time> Oldest(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      const int64_t oldest,
      FirstNumber(catalog,
                  "SELECT coalesce(min(oldest), 9223372036854775807) FROM (SELECT min(minute) * "
                  "60000000 AS oldest FROM edge_minute UNION ALL SELECT min(minute) * 60000000 "
                  "FROM finding UNION ALL SELECT min(time_us) FROM loss UNION ALL SELECT "
                  "min(time_us) FROM edge_report UNION ALL SELECT min(ages_from_us) FROM "
                  "segment)"));
  return absl::FromUnixMicros(oldest);
}

// RunBytes is about what the runs take up: a row, and its copy in an index.
absl::StatusOr<uint64_t> RunBytes(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      const int64_t bytes,
      FirstNumber(catalog,
                  "SELECT coalesce(sum(2 * (length(reporter) + length(run_id) + 16)), 0) "
                  "FROM received"));
  return static_cast<uint64_t>(bytes);
}

// TakeSegmentsBefore deletes the segments that age from before a time.
absl::Status TakeSegmentsBefore(Database& catalog, absl::Time before, Outgrown* outgrown) {
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog, "SELECT id, rows, bytes FROM segment WHERE ages_from_us < ?1"));
  rows.Bind(1, absl::ToUnixMicros(before));
  std::vector<int64_t> ids;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    ids.push_back(rows.Number(0));
    outgrown->rows += static_cast<uint64_t>(rows.Number(1));
    outgrown->bytes += static_cast<uint64_t>(rows.Number(2));
  }
  outgrown->segments.insert(outgrown->segments.end(), ids.begin(), ids.end());
  return ForgetSegments(catalog, ids);
}

}  // namespace

uint64_t CatalogBudget(const Retention& retention) {
  constexpr uint64_t kLeast = uint64_t{2} << 20;
  constexpr uint64_t kMost = uint64_t{64} << 20;
  constexpr uint64_t kPart = 2'048;
  if (retention.max_bytes == 0) return kMost;
  return std::clamp(retention.max_bytes / kPart, kLeast, kMost);
}

absl::StatusOr<Outgrown> FindOutgrown(const Database& catalog, const Retention& retention,
                                      absl::Time now) {
  Outgrown outgrown;
  const int64_t oldest = Cutoff(retention.max_age, now);
  uint64_t room = std::numeric_limits<uint64_t>::max();
  if (retention.max_bytes > 0) {
    FB_ASSIGN_OR_RETURN(const uint64_t catalog_bytes, CatalogBytes(catalog));
    room = retention.max_bytes - std::min(catalog_bytes, retention.max_bytes / kCatalogParts);
  }
  FB_ASSIGN_OR_RETURN(const int64_t bytes,
                      FirstNumber(catalog, "SELECT coalesce(sum(bytes), 0) FROM segment"));
  FB_ASSIGN_OR_RETURN(const int64_t first, FirstNumber(catalog,
                                                       "SELECT coalesce(min(ages_from_us), "
                                                       "9223372036854775807) FROM segment"));
  if (static_cast<uint64_t>(bytes) <= room && first >= oldest) return outgrown;
  FB_ASSIGN_OR_RETURN(std::deque<SegmentSize> segments, SegmentsByAge(catalog));
  const auto take = [&outgrown](const SegmentSize& segment) {
    outgrown.segments.push_back(segment.id);
    outgrown.rows += segment.rows;
    outgrown.bytes += segment.bytes;
  };
  while (!segments.empty() && segments.front().ages_from_us < oldest) {
    take(segments.front());
    segments.pop_front();
  }
  BySize by_size(std::move(segments), retention.max_bytes / kFairParts);
  while (by_size.bytes() > room) take(by_size.TakeNext());
  return outgrown;
}

absl::Status ForgetSegments(Database& catalog, const std::vector<int64_t>& ids) {
  for (const char* sql :
       {"DELETE FROM segment WHERE id = ?1", "DELETE FROM party_segment WHERE segment = ?1"}) {
    FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog, sql));
    for (const int64_t id : ids) FB_RETURN_IF_ERROR(statement.Bind(1, id).Run());
  }
  return absl::OkStatus();
}

// A party was seen whenever it was at an end of an edge, so who was not seen since is in none that
// is left.
absl::Status ForgetSums(Database& catalog, absl::Time before) {
  constexpr const char* kUnseenParties =
      "DELETE FROM party WHERE last_us < ?1 / 60000000 * 60000000 AND NOT EXISTS "
      "(SELECT 1 FROM party_segment WHERE party = party.id)";
  for (const char* sql :
       {"DELETE FROM edge_minute WHERE minute < ?1 / 60000000",
        "DELETE FROM finding WHERE minute < ?1 / 60000000", "DELETE FROM loss WHERE time_us < ?1",
        "DELETE FROM edge_report WHERE time_us < ?1", kUnseenParties}) {
    FB_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(catalog, sql));
    FB_RETURN_IF_ERROR(statement.Bind(1, absl::ToUnixMicros(before)).Run());
  }
  return absl::OkStatus();
}

absl::Status TrimCatalog(Database& catalog, const Retention& retention, absl::Time now,
                         Outgrown* outgrown) {
  if (retention.max_bytes == 0) return absl::OkStatus();
  while (true) {
    FB_ASSIGN_OR_RETURN(const uint64_t bytes, CatalogBytes(catalog));
    if (bytes <= CatalogShare(retention)) return absl::OkStatus();
    FB_ASSIGN_OR_RETURN(const uint64_t run_bytes, RunBytes(catalog));
    if (bytes <= CatalogShare(retention) + run_bytes) return absl::OkStatus();
    FB_ASSIGN_OR_RETURN(const absl::Time oldest, Oldest(catalog));
    const bool recent = now - oldest < absl::Hours(48);
    const absl::Time before = oldest + (recent ? absl::Hours(1) : absl::Hours(24));
    if (before > now - absl::Hours(1)) return absl::OkStatus();
    FB_RETURN_IF_ERROR(TakeSegmentsBefore(catalog, before, outgrown));
    FB_RETURN_IF_ERROR(ForgetSums(catalog, before));
  }
}

}  // namespace firebreak::store
