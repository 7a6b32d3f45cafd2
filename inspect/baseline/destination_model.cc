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
// What one thing may owe to attacks, of all that they do; what has come in this share of the
// samples is beyond doubt.
constexpr double kShareOfOne = 0.25;
constexpr double kMostOfOne = 0.005;
constexpr double kMostOfAny = 0.05;
// So many requests are remembered, the older ones for half: what is new at first is no attack.
constexpr uint64_t kJudgedOfLate = 8192;
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

const RouteModel* DestinationModel::KnownRoute(const RouteKey& key, const Doubt& doubt) const {
  const auto found = routes_.find(key);
  if (found == routes_.end() || found->second.samples() < kLeastSamples) return nullptr;
  return IsDoubted(found->second.samples(), samples(), doubt.one) ? nullptr : &found->second;
}

const RouteModel* DestinationModel::SameRouteOfOther(const RouteKey& key,
                                                     const Doubt& doubt) const {
  const auto source = first_sources_.find(absl::StrCat(key.method, " ", key.route));
  if (source == first_sources_.end()) return nullptr;
  return KnownRoute(RouteKey{source->second, key.method, key.route}, doubt);
}

void DestinationModel::CountJudged(bool deviant) {
  ++judged_;
  deviant_ += deviant ? 1 : 0;
  if (judged_ < kJudgedOfLate) return;
  judged_ /= 2;
  deviant_ /= 2;
}

Doubt DestinationModel::doubt() const {
  if (judged_ == 0) return {};
  const double share = static_cast<double>(deviant_) / static_cast<double>(judged_);
  return {.one = std::min(kMostOfOne, share * kShareOfOne), .any = std::min(kMostOfAny, share)};
}

Judgement DestinationModel::Judge(const Observation& request, const Doubt& doubt) const {
  Judgement judgement;
  paths_.JudgeMethod(request.subject().method, doubt, judgement.deviations);
  const RouteKey key = KeyOf(request);
  if (const RouteModel* route = KnownRoute(key, doubt); route != nullptr) {
    judgement.samples = route->samples();
    route->JudgeParameters(request, names_, doubt, judgement.deviations);
    route->JudgeBody(request, doubt, judgement.deviations);
  } else if (const RouteModel* other = SameRouteOfOther(key, doubt); other != nullptr) {
    judgement.samples = other->samples();
    judgement.deviations.push_back({.kind = DeviationKind::kRoute,
                                    .weight = kNewSource,
                                    .field = "",
                                    .detail = "route never called by this source"});
    other->JudgeParameters(request, names_, doubt, judgement.deviations);
    other->JudgeBody(request, doubt, judgement.deviations);
  } else {
    judgement.samples = samples();
    JudgeNewRoute(request, key, doubt, judgement.deviations);
  }
  for (const Deviation& deviation : judgement.deviations) judgement.score += deviation.weight;
  return judgement;
}

void DestinationModel::JudgeNewRoute(const Observation& request, const RouteKey& key,
                                     const Doubt& doubt, std::vector<Deviation>& out) const {
  out.push_back({.kind = DeviationKind::kRoute,
                 .weight = std::min(kNewRoute, Surprise(0, samples())),
                 .field = "",
                 .detail = "route never called"});
  // Under another method the parameters are likely the same.
  const RouteModel* sibling = nullptr;
  for (const auto& [method, count] : paths_.methods()) {
    const RouteModel* route = KnownRoute(RouteKey{key.source, method, key.route}, doubt);
    if (route != nullptr) sibling = route;
  }
  if (sibling != nullptr) {
    sibling->JudgeParameters(request, names_, doubt, out);
    return;
  }
  paths_.JudgeRoute(request.route(), doubt, out);
  const std::vector<absl::string_view> keys = request.Keys();
  double enumerations = 0;
  size_t unknown = 0;
  for (size_t i = 0; i < request.size(); ++i) {
    const Observation::Field& field = request[i];
    const auto name = names_.find(field.key);
    if (name == names_.end() || IsDoubted(name->second.samples(), samples(), doubt.one)) {
      if (++unknown <= kMaxUnknownNames) JudgeUnknownName(keys, field, unknown == 1, doubt, out);
      continue;
    }
    const auto routes = routes_of_name_.find(field.key);
    const bool shared = routes != routes_of_name_.end() && routes->second > 1;
    const size_t before = out.size();
    name->second.Judge(field.name(), field.value, nullptr,
                       {.values = kOthersEnumeration,
                        .rest = shared ? 1 : 0.5,
                        .secret = field.secret(),
                        .doubt = doubt},
                       out);
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
                                        const Doubt& doubt, std::vector<Deviation>& out) const {
  // A new route may bring as many names as it likes: they count once.
  Deviation deviation{.kind = DeviationKind::kParameter,
                      .weight = first ? std::min(kNewName, Surprise(0, samples())) : 0,
                      .field = std::string(field.name()),
                      .detail = "unknown parameter"};
  for (const auto& [known, model] : names_) {
    if (model.samples() >= kLeastSamples && !IsDoubted(model.samples(), samples(), doubt.one) &&
        IsNear(known, field.key) && !std::binary_search(keys.begin(), keys.end(), known)) {
      deviation.kind = DeviationKind::kNearName;
      deviation.weight = std::min(kNearName, Surprise(0, samples()));
      deviation.detail =
          absl::StrCat("unknown parameter, one character from `", PrintableEscaped(known), "`");
      break;
    }
  }
  out.push_back(deviation);
  all_values_.Judge(field.name(), field.value, nullptr, {.values = 0, .rest = 0.5, .doubt = doubt},
                    out);
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
