#include "cli/request_inspection.h"

#include "base/status.h"
#include "cli/raw_request.h"

namespace firebreak::cli {

absl::StatusOr<bool> RequestInspector::Take(absl::string_view bytes, inspect::FieldSink& sink) {
  rejection_.reset();
  FB_ASSIGN_OR_RETURN(RawRequest raw, ReadRawRequest(bytes));
  rejection_ = http::Canonicalise(http::PathRules{}, raw.request);
  if (rejection_.has_value()) return false;
  if (baseline_.has_value()) {
    // One caller and one service: a file says nothing of identities.
    observation_.Begin({.source = "",
                        .destination = "corpus",
                        .method = raw.request.method,
                        .path = raw.request.path});
  }
  inspect::RequestFields fields(limits_, sink, inspection_);
  fields.Headers(raw.request);
  fields.Body(raw.body);
  fields.End();
  return true;
}

absl::StatusOr<bool> RequestInspector::Learn(absl::string_view bytes, const Clock& clock) {
  if (!baseline_.has_value()) baseline_.emplace(inspect::BaselineLimits{}, clock);
  inspection_.Reset();
  Both both(inspection_, observation_);
  FB_ASSIGN_OR_RETURN(const bool taken, Take(bytes, both));
  if (!taken || !inspection_.findings().empty()) return false;
  baseline_->Learn(observation_);
  return true;
}

absl::Status RequestInspector::Inspect(absl::string_view bytes) {
  inspection_.Reset();
  judgement_.reset();
  if (!baseline_.has_value()) return Take(bytes, inspection_).status();
  Both both(inspection_, observation_);
  FB_ASSIGN_OR_RETURN(const bool taken, Take(bytes, both));
  if (taken) judgement_ = baseline_->Judge(observation_);
  return absl::OkStatus();
}

}  // namespace firebreak::cli
