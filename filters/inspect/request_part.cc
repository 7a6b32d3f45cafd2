#include "filters/inspect/request_part.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "filters/inspect/deviations.h"
#include "filters/inspect/findings.h"
#include "flows/redact.h"
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
    : MessagePart(setup, limits) {}

void RequestPart::Observe(BaselinePort& port, const inspect::Subject& subject) {
  if (!attacks() || !port.wanted()) return;
  port_ = &port;
  observation_ = port.Take();
  observation_->Begin(subject);
}

void RequestPart::Headers(const http::Request& request) {
  inspection().ToPath(request.path);
  if (attacks()) BeginFields(request);
  if (head() != nullptr) head()->LookAt(request);
  Begin(request.headers, request.has_body, request.content_length);
}

void RequestPart::BeginFields(const http::Request& request) {
  if (rules_ != nullptr) {
    packs_ = std::make_unique<inspect::PackInspection>(*rules_, request.method, request.path);
    if (!packs_->applies()) packs_.reset();
  }
  // Most requests are for the inspection alone, and save the way through the fork.
  inspect::FieldSink* sink = &inspection();
  if (packs_ != nullptr || observation_ != nullptr) {
    sink = &fork_;
    fork_.Add(inspection());
    if (packs_ != nullptr) fork_.Add(*packs_);
    if (observation_ != nullptr) fork_.Add(*observation_);
  }
  fields_.emplace(limits(), *sink, inspection());
  fields_->Headers(request);
  TellPacks();
}

void RequestPart::TellPacks() {
  if (packs_ == nullptr) return;
  for (; told_ < packs_->findings().size(); ++told_) {
    const inspect::PackFinding& finding = packs_->findings()[told_];
    const inspect::RuleInfo rule{.id = finding.rule->id,
                                 .category = inspect::Category::kPack,
                                 .severity = finding.rule->severity,
                                 .paranoia = inspect::kMinParanoia,
                                 .why = finding.rule->why};
    inspection().Tell(rule, finding.place, finding.field, finding.excerpt);
  }
}

void RequestPart::Trailers(const http::HeaderMap& trailers) {
  if (head() != nullptr) head()->LookAtRequestTrailers(trailers);
  if (!fields_.has_value()) return;
  fields_->Trailers(trailers);
  TellPacks();
}

void RequestPart::OnText(absl::string_view text) {
  if (!fields_.has_value()) return;
  fields_->Body(text);
  TellPacks();
}

void RequestPart::OnTextEnd() {
  if (!fields_.has_value()) return;
  fields_->End();
  TellPacks();
  if (observation_ == nullptr) return;
  fork_.Remove(*observation_);
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

void RequestPart::AddTo(flows::InspectionInfo* info) const {
  MessagePart::AddTo(info);
  if (packs_ == nullptr) return;
  for (flows::InspectionMatch& match : info->matches) {
    for (const inspect::PackFinding& finding : packs_->findings()) {
      if (match.id != finding.rule->id) continue;
      match.pack = finding.pack->name;
      match.cve = absl::StrJoin(finding.rule->cves, " ");
    }
  }
}

void RequestPart::Redact(flows::HttpInfo* info) const {
  if (head() == nullptr) return;
  if (head()->found_in_path()) info->path = absl::StrCat("/", flows::kRedacted);
  if (head()->found_in_user_agent()) info->user_agent = std::string(flows::kRedacted);
}

std::optional<Refusal> RequestPart::refusal() const {
  if (hidden()) {
    const inspect::RuleInfo& rule = *inspection().hidden_by();
    return Refusal{StatusOf(rule), std::string(rule.id)};
  }
  if (Blocks(setup().attacks) && inspection().blocks()) {
    const inspect::Finding& worst = *WorstOf(inspection());
    return Refusal{kForbidden, absl::StrCat(worst.id, " in ", FieldText(worst, FoundSecret()))};
  }
  if (leaks()) return Refusal{kForbidden, "FBI-DLP-001 in the request"};
  return std::nullopt;
}

}  // namespace firebreak::filters
