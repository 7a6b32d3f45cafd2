#include "store/stored_flows.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/flow_store.h"
#include "store/segment.h"
#include "store/sqlite.h"

namespace firebreak::store {

absl::Status ForEachStored(const std::string& folder, absl::Time since, absl::Time until,
                           const std::function<void(flows::Flow&)>& take) {
  FB_ASSIGN_OR_RETURN(const Database catalog,
                      Database::Open(CatalogPath(folder), Database::Mode::kReadOnly));
  FB_ASSIGN_OR_RETURN(
      const std::vector<SegmentFile> files,
      SegmentsFor(catalog, folder, {.since = since, .until = until, .parties = {}}));
  for (const SegmentFile& file : files) {
    const auto bytes = ReadSegment(catalog, file);
    if (absl::IsNotFound(bytes.status())) continue;  // retired meanwhile
    if (!bytes.ok()) return bytes.status();
    const absl::StatusOr<Segment> segment = Segment::Parse(*bytes);
    const absl::Status read = segment.ok() ? segment->ForEach(take) : segment.status();
    if (!read.ok()) return absl::DataLossError(absl::StrCat(file.path, ": ", read.message()));
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
