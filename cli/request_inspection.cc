#include "cli/request_inspection.h"

#include "base/status.h"
#include "cli/raw_request.h"

namespace firebreak::cli {

absl::Status RequestInspector::Inspect(absl::string_view bytes) {
  inspection_.Reset();
  rejection_.reset();
  FB_ASSIGN_OR_RETURN(RawRequest raw, ReadRawRequest(bytes));
  rejection_ = http::Canonicalise(http::PathRules{}, raw.request);
  if (rejection_.has_value()) return absl::OkStatus();
  inspect::RequestFields fields(limits_, inspection_, structure_);
  fields.Headers(raw.request);
  fields.Body(raw.body);
  fields.End();
  return absl::OkStatus();
}

}  // namespace firebreak::cli
