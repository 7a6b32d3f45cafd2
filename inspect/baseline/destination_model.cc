#include "inspect/baseline/destination_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {
namespace {

// New routes are added to applications all the time; alone they block nothing.
constexpr double kNewRoute = 1;
constexpr double kNewSource = 0.5;
constexpr double kNewName = 0.5;
// What scanners make of the names they know: "id" becomes "idA", "id[]", "ids".
constexpr double kNearName = 2;
// Names of one request that are compared with all that are known.
constexpr size_t kMaxUnknownNames = 16;
// Each route has enumerations of its own; that a value is none of another's says little.
constexpr double kOthersEnumeration = 0.25;
// How many routes are looked at for the one to give up.
constexpr size_t kCandidates = 16;

// Whether one text becomes the other by adding, dropping or changing one character.
bool IsNear(absl::string_view a, absl::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1 || a == b) return false;
  size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  const size_t skip = a.size() == b.size() ? 1 : 0;
  return a.substr(std::min(i + skip, a.size())) == b.substr(i + 1);
}

DestinationModel::RouteKey KeyOf(const Observation& request) {
  return {request.subject().source, request.subject().method, request.route()};
}

}  // namespace

void DestinationModel::Learn(const Observation& request, bool shared) {
  RouteKey key = KeyOf(request);
  auto found = routes_.find(key);
  if (found == routes_.end()) {
    if (routes_.size() == kMaxRoutes) GiveUpRoute();
    first_sources_.try_emplace(absl::StrCat(key.method, " ", key.route), key.source);
    found = routes_.try_emplace(std::move(key)).first;
  }
  RouteModel& route = found->second;
  for (size_t i = 0; i < request.size(); ++i) {
    const std::string& name = request[i].key;
    if (route.Has(name) || !route.AddParameter(name)) continue;
    ++parameters_;
    if (routes_of_name_.size() < kMaxNames || routes_of_name_.contains(name)) {
      ++routes_of_name_[name];
    }
  }
  route.Learn(request);
  if (!shared) return;
  LearnNames(request);
  paths_.Learn(request.subject().method, request.route());
}

void DestinationModel::LearnNames(const Observation& request) {
  for (size_t i = 0; i < request.size(); ++i) {
    const Observation::Field& field = request[i];
    all_values_.Learn(field.value);
    auto name = names_.find(field.key);
    if (name == names_.end()) {
      if (names_.size() == kMaxNames) continue;
      name = names_.try_emplace(field.key).first;
    }
    name->second.Learn(field.value);
  }
}

// Which few routes are compared, the order of the map says, which nobody outside knows or chooses.
void DestinationModel::GiveUpRoute() {
  auto least = routes_.begin();
  size_t seen = 0;
  for (auto route = routes_.begin(); route != routes_.end() && seen < kCandidates;
       ++route, ++seen) {
    if (route->second.samples() < least->second.samples()) least = route;
  }
  parameters_ -= least->second.parameters().size();
  first_sources_.erase(absl::StrCat(least->first.method, " ", least->first.route));
  routes_.erase(least);
}

bool DestinationModel::Knows(const Observation& request) const {
  return SamplesOf(request) >= kLeastSamples;
}

uint64_t DestinationModel::SamplesOf(const Observation& request) const {
  const auto found = routes_.find(KeyOf(request));
  return found == routes_.end() ? 0 : found->second.samples();
}

const RouteModel* DestinationModel::SameRouteOfOther(const RouteKey& key) const {
  const auto source = first_sources_.find(absl::StrCat(key.method, " ", key.route));
  if (source == first_sources_.end()) return nullptr;
  const auto found = routes_.find(RouteKey{source->second, key.method, key.route});
  const bool known = found != routes_.end() && found->second.samples() >= kLeastSamples;
  return known ? &found->second : nullptr;
}

Judgement DestinationModel::Judge(const Observation& request) const {
  Judgement judgement;
  paths_.JudgeMethod(request.subject().method, judgement.deviations);
  const RouteKey key = KeyOf(request);
  const auto found = routes_.find(key);
  if (found != routes_.end() && found->second.samples() >= kLeastSamples) {
    judgement.samples = found->second.samples();
    found->second.JudgeParameters(request, names_, judgement.deviations);
    found->second.JudgeBody(request, judgement.deviations);
  } else if (const RouteModel* other = SameRouteOfOther(key); other != nullptr) {
    judgement.samples = other->samples();
    judgement.deviations.push_back({.kind = DeviationKind::kRoute,
                                    .weight = kNewSource,
                                    .field = "",
                                    .detail = "route never called by this source"});
    other->JudgeParameters(request, names_, judgement.deviations);
    other->JudgeBody(request, judgement.deviations);
  } else {
    judgement.samples = samples();
    JudgeNewRoute(request, key, judgement.deviations);
  }
  for (const Deviation& deviation : judgement.deviations) judgement.score += deviation.weight;
  return judgement;
}

void DestinationModel::JudgeNewRoute(const Observation& request, const RouteKey& key,
                                     std::vector<Deviation>& out) const {
  out.push_back({.kind = DeviationKind::kRoute,
                 .weight = std::min(kNewRoute, Surprise(0, samples())),
                 .field = "",
                 .detail = "route never called"});
  // Under another method the parameters are likely the same.
  const RouteModel* sibling = nullptr;
  for (const auto& [method, count] : paths_.methods()) {
    const auto found = routes_.find(RouteKey{key.source, method, key.route});
    if (found != routes_.end() && found->second.samples() >= kLeastSamples)
      sibling = &found->second;
  }
  if (sibling != nullptr) {
    sibling->JudgeParameters(request, names_, out);
    return;
  }
  paths_.JudgeRoute(request.route(), out);
  const std::vector<absl::string_view> keys = request.Keys();
  double enumerations = 0;
  size_t unknown = 0;
  for (size_t i = 0; i < request.size(); ++i) {
    const Observation::Field& field = request[i];
    const auto name = names_.find(field.key);
    if (name == names_.end()) {
      if (++unknown <= kMaxUnknownNames) JudgeUnknownName(keys, field, unknown == 1, out);
      continue;
    }
    const auto routes = routes_of_name_.find(field.key);
    const bool shared = routes != routes_of_name_.end() && routes->second > 1;
    const size_t before = out.size();
    name->second.Judge(
        field.name(), field.value, nullptr,
        {.values = kOthersEnumeration, .rest = shared ? 1 : 0.5, .secret = field.secret()}, out);
    // Each route has enumerations of its own, and one request as many as it likes: they count once.
    for (size_t j = before; j < out.size(); ++j) {
      if (out[j].kind != DeviationKind::kValue) continue;
      if (enumerations > 0) out[j].weight = 0;
      enumerations += out[j].weight;
    }
  }
}

void DestinationModel::JudgeUnknownName(const std::vector<absl::string_view>& keys,
                                        const Observation::Field& field, bool first,
                                        std::vector<Deviation>& out) const {
  // A new route may bring as many names as it likes: they count once.
  Deviation deviation{.kind = DeviationKind::kParameter,
                      .weight = first ? std::min(kNewName, Surprise(0, samples())) : 0,
                      .field = std::string(field.name()),
                      .detail = "unknown parameter"};
  for (const auto& [known, model] : names_) {
    if (model.samples() >= kLeastSamples && IsNear(known, field.key) &&
        !std::binary_search(keys.begin(), keys.end(), known)) {
      deviation.kind = DeviationKind::kNearName;
      deviation.weight = std::min(kNearName, Surprise(0, samples()));
      deviation.detail =
          absl::StrCat("unknown parameter, one character from `", PrintableEscaped(known), "`");
      break;
    }
  }
  out.push_back(deviation);
  all_values_.Judge(field.name(), field.value, nullptr, {.values = 0, .rest = 0.5}, out);
}

size_t DestinationModel::bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& [key, model] : routes_) {
    bytes += sizeof(key) + 2 * (key.source.capacity() + key.route.capacity()) + model.bytes();
  }
  for (const auto& [key, model] : names_) bytes += key.capacity() + model.bytes();
  return bytes;
}

}  // namespace firebreak::inspect
