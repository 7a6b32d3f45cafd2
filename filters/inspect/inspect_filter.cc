#include "filters/inspect/inspect_filter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "flows/record.h"
#include "inspect/coding/content_decoder.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::filters {
namespace {

using inspect::Coding;
using inspect::DecodeFault;

constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kUnsupportedMediaType = 415;
constexpr size_t kKeptMatches = 8;
constexpr absl::string_view kContentEncoding = "content-encoding";
constexpr absl::string_view kContentEncodingField = "header:content-encoding";
constexpr absl::string_view kRedacted = "{redacted}";

std::string EncodingOf(const http::HeaderMap& headers) {
  std::string all;
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name == kContentEncoding) absl::StrAppend(&all, headers[i].value, ",");
  }
  return all;
}

// Excerpts of what only ever holds credentials stay out of the log.
bool HoldsSecrets(const inspect::Finding& finding) {
  if (finding.place == inspect::Place::kCookie) return true;
  return finding.place == inspect::Place::kHeader &&
         (finding.field == "authorization" || finding.field == "proxy-authorization");
}

std::string FieldText(const inspect::Finding& finding) {
  std::string text(inspect::PlaceName(finding.place));
  if (finding.is_name) absl::StrAppend(&text, "-name");
  if (!finding.field.empty()) absl::StrAppend(&text, ":", finding.field);
  return text;
}

}  // namespace

// State is one request on its way: what hides it is undone, it is taken apart, and its fields are
// looked at, all as it comes.
class InspectFilter::State final : public FilterState, private inspect::StructureSink {
 public:
  // Fault is why a body cannot be looked into.
  struct Fault {
    absl::string_view id;
    int status = 0;  // to answer with; 0: there is none
    absl::string_view field;
  };

  State(inspect::Engine& engine, const inspect::StructureLimits& limits, InspectionMode mode)
      : mode_(mode), inspection_(engine), fields_(limits, inspection_, *this) {}

  void Headers(const http::Request& request) {
    fields_.Headers(request);
    if (!request.has_body) return End();
    left_ = request.content_length;
    const Coding coding = inspect::ParseCoding(EncodingOf(request.headers));
    if (coding == Coding::kOther) {
      fault_ = {"FBI-ENC-001", kUnsupportedMediaType, kContentEncodingField};
    } else if (coding != Coding::kIdentity) {
      decoder_ = std::make_unique<inspect::ContentDecoder>(coding);
    }
  }

  // A request whose length was announced is complete with its last byte: what follows from the
  // whole is known before that byte goes on.
  void Body(absl::string_view bytes) {
    if (ended_) return;
    if (decoder_ != nullptr) {
      Note(decoder_->Feed(bytes, [this](absl::string_view text) { fields_.Body(text); }));
    } else {
      fields_.Body(bytes);
    }
    if (!left_.has_value()) return;
    *left_ -= std::min<uint64_t>(*left_, bytes.size());
    if (*left_ == 0) End();
  }

  void End() {
    if (std::exchange(ended_, true)) return;
    if (decoder_ != nullptr) Note(decoder_->End());
    decoder_.reset();
    fields_.End();
  }

  const Fault& fault() const { return fault_; }
  bool refuses() const {
    return mode_ == InspectionMode::kBlock && (inspection_.blocks() || fault_.status != 0);
  }
  const inspect::Inspection& inspection() const { return inspection_; }
  void set_blocked() { blocked_ = true; }

  // What the record says; null when there is nothing to say.
  std::shared_ptr<const flows::InspectionInfo> Info(const http::Request& request) const {
    if (inspection_.findings().empty() && fault_.status == 0) return nullptr;
    auto info = std::make_shared<flows::InspectionInfo>();
    info->score = static_cast<uint32_t>(inspection_.score());
    info->blocked = blocked_;
    if (fault_.status != 0) {
      info->score += inspect::kCritical;
      info->matches.push_back({std::string(fault_.id), "encoding", std::string(fault_.field),
                               EncodingOf(request.headers).substr(0, inspect::kMaxExcerpt)});
    }
    std::vector<const inspect::Finding*> worst;
    for (const inspect::Finding& finding : inspection_.findings()) worst.push_back(&finding);
    std::stable_sort(worst.begin(), worst.end(),
                     [](const auto* a, const auto* b) { return a->severity > b->severity; });
    for (const inspect::Finding* finding : worst) {
      if (info->matches.size() == kKeptMatches) break;
      info->matches.push_back({std::string(finding->id),
                               std::string(inspect::CategoryName(finding->category)),
                               FieldText(*finding),
                               HoldsSecrets(*finding) ? std::string(kRedacted) : finding->excerpt});
    }
    return info;
  }

 private:
  // What is inside a compressed gRPC message is hidden from the parsers.
  void OnOddity(inspect::Oddity oddity, uint64_t /*limit*/, uint64_t /*value*/) override {
    if (oddity != inspect::Oddity::kGrpcCompressed || fault_.status != 0) return;
    fault_ = {"FBI-ENC-004", kUnsupportedMediaType, "grpc"};
  }

  void Note(DecodeFault fault) {
    if (fault == DecodeFault::kNone || fault_.status != 0) return;
    fault_ = {fault == DecodeFault::kRatio ? "FBI-ENC-003" : "FBI-ENC-002", kBadRequest,
              kContentEncodingField};
  }

  const InspectionMode mode_;
  inspect::Inspection inspection_;
  inspect::RequestFields fields_;
  std::unique_ptr<inspect::ContentDecoder> decoder_;
  std::optional<uint64_t> left_;  // of the announced length
  Fault fault_;
  bool ended_ = false;
  bool blocked_ = false;
};

InspectFilter::InspectFilter(std::vector<config::InspectionConfig> listeners)
    : listeners_(std::move(listeners)) {
  for (const config::InspectionConfig& listener : listeners_) {
    if (listener.mode == InspectionMode::kOff) continue;
    auto& engine = engines_.at(static_cast<size_t>(listener.paranoia - 1));
    if (engine != nullptr) continue;
    inspect::EngineOptions options;
    options.paranoia = listener.paranoia;
    engine = std::make_unique<inspect::Engine>(std::move(options));
  }
}

InspectFilter::~InspectFilter() = default;

std::unique_ptr<FilterState> InspectFilter::NewState(HttpExchange& exchange) {
  const config::InspectionConfig& config = listeners_.at(exchange.connection.listener);
  if (config.mode == InspectionMode::kOff) return nullptr;
  return std::make_unique<State>(*engines_.at(static_cast<size_t>(config.paranoia - 1)), limits_,
                                 config.mode);
}

// What follows an upgrade is another protocol, and responses are not looked into.
InspectFilter::State* InspectFilter::StateFor(HttpExchange& exchange, Towards towards) const {
  const bool request = towards == Towards::kUpstream && exchange.response.status != 101;
  return request ? static_cast<State*>(StateOf(exchange)) : nullptr;
}

Step InspectFilter::Judge(HttpExchange& exchange, State& state) const {
  if (!state.refuses()) return Step::kContinue;
  state.set_blocked();
  if (state.fault().status != 0) {
    exchange.Refuse(Verdict::kDropped, Reason::kInspection, state.fault().status, state.fault().id);
    return Step::kClose;
  }
  const auto& findings = state.inspection().findings();
  const auto worst =
      std::max_element(findings.begin(), findings.end(),
                       [](const auto& a, const auto& b) { return a.severity < b.severity; });
  exchange.Refuse(Verdict::kDropped, Reason::kInspection, kForbidden,
                  absl::StrCat(worst->id, " in ", FieldText(*worst)));
  return Step::kClose;
}

Step InspectFilter::OnRequest(HttpExchange& exchange) {
  State* const state = StateFor(exchange, Towards::kUpstream);
  if (state == nullptr) return Step::kContinue;
  state->Headers(exchange.request);
  return Judge(exchange, *state);
}

Step InspectFilter::OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) {
  State* const state = StateFor(exchange, towards);
  if (state == nullptr) return Step::kContinue;
  state->Body(bytes);
  return Judge(exchange, *state);
}

Step InspectFilter::OnBodyEnd(HttpExchange& exchange, Towards towards) {
  State* const state = StateFor(exchange, towards);
  if (state == nullptr) return Step::kContinue;
  state->End();
  return Judge(exchange, *state);
}

void InspectFilter::OnEnd(HttpExchange& exchange) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  if (state != nullptr) exchange.record.inspection = state->Info(exchange.request);
}

}  // namespace firebreak::filters
