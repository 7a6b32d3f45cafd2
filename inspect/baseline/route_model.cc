#include "inspect/baseline/route_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/escape.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {
namespace {

// A name that a route never had is three times as surprising as a character: no typo, no user.
constexpr double kUnknownParameter = 3;
constexpr double kUnknownSet = 1;
// Sets are kept as text up to this size, so that a file of them can be read.
constexpr size_t kMaxSetBytes = 512;
// A body up to this size is never too large.
constexpr uint64_t kSmallBody = 256;

}  // namespace

std::string RouteModel::SetOf(const std::vector<absl::string_view>& keys) {
  std::string set = absl::StrJoin(keys, " ");
  if (set.size() > kMaxSetBytes) set.resize(kMaxSetBytes);
  return set;
}

bool RouteModel::AddParameter(absl::string_view key) {
  if (parameters_.size() == kMaxParameters) return false;
  parameters_.try_emplace(key);
  return true;
}

void RouteModel::Learn(const Observation& request) {
  for (size_t i = 0; i < request.size(); ++i) {
    const Observation::Field& field = request[i];
    const auto found = parameters_.find(field.key);
    if (found != parameters_.end()) found->second.Learn(field.value);
  }
  sets_.Add(SetOf(request.Keys()));
  content_types_.Add(request.content_type());
  body_.Add(request.body_bytes());
}

void RouteModel::JudgeParameters(const Observation& request, const ParameterModels& names,
                                 const Doubt& doubt, std::vector<Deviation>& out) const {
  bool unknown = false;
  for (size_t i = 0; i < request.size(); ++i) {
    const Observation::Field& field = request[i];
    const auto found = parameters_.find(field.key);
    uint64_t seen = found == parameters_.end() ? 0 : found->second.samples();
    if (IsDoubted(seen, samples(), doubt.one)) seen = 0;
    const double weight = Surprise(seen, samples());
    // With no room for more names a new one says little.
    const bool full = parameters_.size() == kMaxParameters;
    if (weight > 0 && !(seen == 0 && full)) {
      unknown = true;
      out.push_back({.kind = DeviationKind::kParameter,
                     .weight = weight * (seen == 0 ? kUnknownParameter : 1),
                     .field = std::string(field.name()),
                     .detail = seen == 0 ? "unknown parameter" : "rare parameter"});
    }
    if (seen == 0) continue;
    const auto wider = names.find(field.key);
    found->second.Judge(field.name(), field.value, wider == names.end() ? nullptr : &wider->second,
                        {.secret = field.secret(), .doubt = doubt}, out);
  }
  if (!unknown) JudgeSet(request, doubt, out);
}

void RouteModel::JudgeBody(const Observation& request, const Doubt& doubt,
                           std::vector<Deviation>& out) const {
  const uint64_t types =
      std::max(content_types_.CountOf(request.content_type()), content_types_.Strays());
  const double type_weight = Surprise(types, samples(), doubt.one);
  if (type_weight > 0) {
    out.push_back(
        {.kind = DeviationKind::kContentType,
         .weight = type_weight,
         .field = "",
         .detail = absl::StrCat("content type `", PrintableEscaped(request.content_type()), "`")});
  }
  // Parameters have lengths of their own; what a body has beyond them is weighed gently.
  const uint64_t greatest = body_.Trimmed(doubt.one).greatest;
  if (request.body_bytes() > 2 * greatest + kSmallBody) {
    out.push_back({.kind = DeviationKind::kBodySize,
                   .weight = Surprise(0, samples()) / 2,
                   .field = "",
                   .detail = absl::StrCat("body of ", request.body_bytes(), " bytes, never above ",
                                          greatest)});
  }
}

void RouteModel::JudgeSet(const Observation& request, const Doubt& doubt,
                          std::vector<Deviation>& out) const {
  const std::vector<absl::string_view> keys = request.Keys();
  const std::string set = SetOf(keys);
  const uint64_t seen = std::max(sets_.CountOf(set), sets_.Strays());
  const double weight = kUnknownSet * Surprise(seen, samples(), doubt.one);
  if (weight == 0) return;
  std::string detail = "parameters that never came together";
  for (const auto& [key, model] : parameters_) {
    const bool always = model.samples() >= samples();
    if (always && !std::binary_search(keys.begin(), keys.end(), key)) {
      detail = absl::StrCat("without `", PrintableEscaped(key), "`, which was always there");
      break;
    }
  }
  out.push_back(
      {.kind = DeviationKind::kParameterSet, .weight = weight, .field = "", .detail = detail});
}

size_t RouteModel::bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& [key, model] : parameters_) bytes += key.capacity() + model.bytes() + 8;
  for (const FrequentValues::Entry& entry : sets_.entries()) {
    bytes += sizeof(entry) + entry.value.capacity();
  }
  return bytes + content_types_.entries().capacity() * sizeof(FrequentValues::Entry);
}

}  // namespace firebreak::inspect
