#include "filters/inspect/request_part.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "filters/inspect/deviations.h"
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
    : MessagePart(setup), limits_(limits) {}

void RequestPart::Observe(BaselinePort& port, const inspect::Subject& subject) {
  if (!attacks() || !port.wanted()) return;
  port_ = &port;
  observation_ = port.Take();
  observation_->Begin(subject);
}

void RequestPart::Headers(const http::Request& request) {
  inspection().ToPath(request.path);
  if (attacks()) {
    FieldSink* const alone = &inspection();
    fields_.emplace(limits_, observation_ == nullptr ? *alone : *this, inspection());
    fields_->Headers(request);
  }
  Begin(request.headers, request.has_body, request.content_length);
}

void RequestPart::Trailers(const http::HeaderMap& trailers) {
  if (fields_.has_value()) fields_->Trailers(trailers);
}

void RequestPart::OnText(absl::string_view text) {
  if (fields_.has_value()) fields_->Body(text);
}

void RequestPart::OnTextEnd() {
  if (!fields_.has_value()) return;
  fields_->End();
  if (observation_ == nullptr) return;
  observed_ = true;
  if (port_->in_force() != nullptr) TellDeviations(*port_->in_force(), *observation_, inspection());
}

void RequestPart::EndObserving(bool usual) {
  if (observation_ != nullptr) port_->Return(std::move(observation_), usual && observed_);
}

size_t RequestPart::held_bytes() const {
  const size_t observed = observation_ == nullptr ? 0 : observation_->held_bytes();
  return MessagePart::held_bytes() + observed;
}

void RequestPart::BeginField(inspect::Place place, absl::string_view name, bool is_name) {
  inspection().BeginField(place, name, is_name);
  if (!observed_) observation_->BeginField(place, name, is_name);
}

void RequestPart::FieldBytes(absl::string_view bytes) {
  inspection().FieldBytes(bytes);
  if (!observed_) observation_->FieldBytes(bytes);
}

void RequestPart::EndField() {
  inspection().EndField();
  if (!observed_) observation_->EndField();
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
