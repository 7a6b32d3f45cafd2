#include "store/stored_flows.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/flow_store.h"
#include "store/segment.h"
#include "store/sqlite.h"

namespace firebreak::store {
namespace {

absl::StatusOr<std::vector<flows::Flow>> ReadAll(const std::string& file) {
  FB_ASSIGN_OR_RETURN(const Segment segment, Segment::Parse(file));
  return segment.ReadFlows();
}

}  // namespace

absl::Status ForEachStored(const std::string& folder, absl::Time since, absl::Time until,
                           const std::function<void(flows::Flow&)>& take) {
  FB_ASSIGN_OR_RETURN(const Database catalog,
                      Database::Open(CatalogPath(folder), Database::Mode::kReadOnly));
  FB_ASSIGN_OR_RETURN(
      const std::vector<SegmentFile> files,
      SegmentsFor(catalog, folder, {.since = since, .until = until, .parties = {}}));
  for (const SegmentFile& file : files) {
    const auto bytes = ReadSegmentFile(file.path);
    if (absl::IsNotFound(bytes.status())) continue;  // retired meanwhile
    if (!bytes.ok()) return bytes.status();
    auto flows = ReadAll(*bytes);
    if (!flows.ok()) {
      return absl::DataLossError(absl::StrCat(file.path, ": ", flows.status().message()));
    }
    for (flows::Flow& flow : *flows) take(flow);
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
