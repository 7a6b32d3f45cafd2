#include "cli/request_inspection.h"

#include "base/status.h"
#include "base/turn_budget.h"
#include "inspect/body_reader.h"
#include "inspect/structure_rule.h"

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
  TakeBody(raw, fields);
  fields.Trailers(raw.trailers);
  return true;
}

void RequestInspector::TakeBody(const RawRequest& raw, inspect::RequestFields& fields) {
  const auto note = [&](const inspect::RuleInfo* wrong) {
    if (wrong == nullptr) return;
    inspection_.Tell(*wrong, inspect::Place::kHeader, "content-encoding",
                     inspect::EncodingOf(raw.request.headers));
  };
  inspect::BodyReader reader;
  if (raw.request.has_body) note(reader.Begin(raw.request.headers, raw.request.content_length));
  TurnBudget budget;
  for (absl::string_view rest = raw.body; !rest.empty() || reader.more(); budget.Refill()) {
    note(reader.Feed(&rest, budget, [&](absl::string_view text) { fields.Body(text); }));
  }
  note(reader.End());
  fields.End();
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
