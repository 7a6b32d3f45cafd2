#include "filters/inspect/request_part.h"

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {
namespace {

constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kUnsupportedMediaType = 415;

// A body that is not what it says is the client's mistake; of the others we know too little.
int StatusOf(const inspect::RuleInfo& hidden_by) {
  const bool broken =
      hidden_by.id == inspect::kBrokenCoding.id || hidden_by.id == inspect::kCodingRatio.id;
  return broken ? kBadRequest : kUnsupportedMediaType;
}

}  // namespace

RequestPart::RequestPart(const Setup& setup, const inspect::StructureLimits& limits)
    : MessagePart(setup) {
  if (attacks()) fields_.emplace(limits, inspection(), inspection());
}

void RequestPart::Headers(const http::Request& request) {
  inspection().ToPath(request.path);
  if (fields_.has_value()) fields_->Headers(request);
  Begin(request.headers, request.has_body, request.content_length);
}

void RequestPart::Trailers(const http::HeaderMap& trailers) {
  if (fields_.has_value()) fields_->Trailers(trailers);
}

void RequestPart::OnText(absl::string_view text) {
  if (fields_.has_value()) fields_->Body(text);
}

void RequestPart::OnTextEnd() {
  if (fields_.has_value()) fields_->End();
}

std::optional<Refusal> RequestPart::refusal() const {
  if (hidden()) {
    const inspect::RuleInfo& rule = *inspection().hidden_by();
    return Refusal{StatusOf(rule), std::string(rule.id)};
  }
  if (Blocks(setup().attacks) && inspection().blocks()) {
    const inspect::Finding& worst = *WorstOf(inspection());
    return Refusal{kForbidden, absl::StrCat(worst.id, " in ", FieldText(worst))};
  }
  if (leaks()) return Refusal{kForbidden, "FBI-DLP-001 in the request"};
  return std::nullopt;
}

}  // namespace firebreak::filters
