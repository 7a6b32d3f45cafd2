#include "store/stored_flows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/catalog.h"
#include "store/clickhouse_store.h"
#include "store/segment_merge.h"

namespace firebreak::store {
namespace {

using Take = std::function<bool(flows::Flow&)>;

}  // namespace

absl::StatusOr<uint64_t> LostRecords(const std::string& folder, absl::Time since,
                                     absl::Time until) {
  if (ClickHouseStore::IsNamed(folder)) {
    FB_ASSIGN_OR_RETURN(ClickHouseStore server, ClickHouseStore::Open(folder, Clock::Real()));
    return server.LostRecords(since, until);
  }
  FB_ASSIGN_OR_RETURN(const Database catalog, OpenCatalog(folder));
  // What never became lines, and what the sinks that fill this store lost. A catalog that does not
  // say which they are was filled by one of two. total() is a fraction where a sum does not fit,
  // and cannot fail.
  FB_ASSIGN_OR_RETURN(
      Statement says,
      Statement::Prepare(catalog, "SELECT 1 FROM sqlite_master WHERE name = 'filled_by'"));
  FB_ASSIGN_OR_RETURN(const bool known, says.Step());
  FB_ASSIGN_OR_RETURN(
      Statement sum,
      Statement::Prepare(
          catalog,
          absl::StrCat("SELECT CAST(total(count) AS INTEGER) FROM main.loss WHERE "
                       "time_us BETWEEN ?1 AND ?2 AND (sink = '' OR sink IN (",
                       known ? "SELECT sink FROM main.filled_by" : "'file', 'collector'", "))")));
  sum.Bind(1, absl::ToUnixMicros(since)).Bind(2, absl::ToUnixMicros(until));
  FB_ASSIGN_OR_RETURN(const bool row, sum.Step());
  return row ? static_cast<uint64_t>(std::max<int64_t>(sum.Number(0), 0)) : 0;
}

absl::Status ForEachStored(const std::string& folder, absl::Time since, absl::Time until,
                           const Take& take) {
  if (ClickHouseStore::IsNamed(folder)) {
    FB_ASSIGN_OR_RETURN(ClickHouseStore server, ClickHouseStore::Open(folder, Clock::Real()));
    return server.ForEach(since, until, take);
  }
  FB_ASSIGN_OR_RETURN(const Database catalog, OpenCatalog(folder));
  return ForEachIn(catalog, folder, {.since = since, .until = until, .parties = {}}, take);
}

absl::Status ForEachIn(const Database& catalog, const std::string& folder,
                       const SegmentQuestion& question, const Take& take) {
  FB_ASSIGN_OR_RETURN(const std::vector<SegmentFile> files, SegmentsFor(catalog, folder, question));
  return MergeSegments(catalog, files, {.since = question.since, .until = question.until}, take);
}

absl::StatusOr<StoredTail> StoredTail::Open(std::string folder, absl::Time since) {
  if (ClickHouseStore::IsNamed(folder)) {
    return absl::InvalidArgumentError(
        "a ClickHouse server cannot be followed: follow the logs, or a collector's store");
  }
  FB_ASSIGN_OR_RETURN(Database catalog, OpenCatalog(folder));
  return StoredTail(std::move(folder), since, std::move(catalog));
}

absl::Status StoredTail::Next(const Take& take) {
  SegmentQuestion question;
  question.since = since_;
  question.after = last_;
  FB_ASSIGN_OR_RETURN(const std::vector<SegmentFile> files,
                      SegmentsFor(catalog_, folder_, question));
  FB_RETURN_IF_ERROR(
      MergeSegments(catalog_, files, {.since = since_, .until = absl::InfiniteFuture()}, take));
  for (const SegmentFile& file : files) last_ = std::max(last_, file.id);
  return absl::OkStatus();
}

}  // namespace firebreak::store
