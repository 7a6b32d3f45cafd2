#include "inspect/baseline/baseline.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {
namespace {

// Deviations below this weight do not make a request suspicious, and are not counted.
constexpr double kCountedWeight = 0.5;
// From here on a request is suspicious: a single thing that is new is more often just that.
constexpr double kSuspicious = 1.5 * kDeviant;
// From here on it deviates in several ways at once.
constexpr double kSeveral = 2.5 * kDeviant;

constexpr double kStrange = 2;

// A parameter is the same on every route: a single thing that is new to it is counted once for all.
uint64_t HashOf(const Observation& request, const Deviation& deviation, bool several) {
  // A length says what it is in every request anew.
  const absl::string_view detail =
      deviation.kind == DeviationKind::kLength ? absl::string_view() : deviation.detail;
  const bool everywhere = !several && !deviation.field.empty();
  const absl::string_view nowhere = "";
  const absl::string_view method = everywhere ? nowhere : request.subject().method;
  const absl::string_view route = everywhere ? nowhere : request.route();
  return absl::HashOf(request.subject().destination, method, route,
                      static_cast<int>(deviation.kind), deviation.field, detail);
}

// A length is one thing, however far it is off.
double SuspicionOf(const Judgement& judgement) {
  double sum = 0;
  for (const Deviation& deviation : judgement.deviations) {
    sum += deviation.kind == DeviationKind::kLength ? std::min(deviation.weight, kDeviant)
                                                    : deviation.weight;
  }
  return sum;
}

// Names, and values of enumerations, are few and come soon, where they are usual at all.
bool HasStrange(const Judgement& judgement) {
  return std::any_of(
      judgement.deviations.begin(), judgement.deviations.end(), [](const Deviation& deviation) {
        return deviation.weight >= kStrange && (deviation.kind == DeviationKind::kParameter ||
                                                deviation.kind == DeviationKind::kValue);
      });
}

}  // namespace

absl::string_view BaselineStateName(BaselineState state) {
  switch (state) {
    case BaselineState::kLearn:
      return "LEARN";
    case BaselineState::kFreeze:
      return "FREEZE";
    case BaselineState::kEnforce:
      return "ENFORCE";
  }
  return "";
}

Baseline::Baseline(const BaselineLimits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      learning_since_(clock.WallNow()),
      in_state_since_(clock.MonoNow()) {}

bool Baseline::Learn(const Observation& request) {
  if (state_ != BaselineState::kLearn) return false;
  const std::string& name = request.subject().destination;
  auto found = destinations_.find(name);
  if (found == destinations_.end()) {
    if (destinations_.size() >= limits_.max_destinations) return false;
    found = destinations_.try_emplace(name).first;
  }
  DestinationModel& model = found->second;
  const bool usual = MayLearn(model, request);
  if (!usual) ++held_requests_;
  // A new route has to become known somehow; until it is, it says nothing about others.
  if (!usual && model.Knows(request)) return false;
  const size_t before = model.parameters();
  model.Learn(request, /*shared=*/usual);
  parameters_ += model.parameters() - before;
  // The destination that grows pays for it.
  while (parameters_ > limits_.max_parameters && model.routes().size() > 1) {
    const size_t size = model.parameters();
    model.GiveUpRoute();
    parameters_ -= size - model.parameters();
  }
  ++samples_;
  return true;
}

bool Baseline::Learn(const SpokenSample& connection) {
  if (state_ != BaselineState::kLearn) return false;
  protocols_.Learn(connection);
  return true;
}

bool Baseline::MayLearn(DestinationModel& model, const Observation& request) {
  const Judgement judgement = model.JudgeAtFaceValue(request);
  model.CountJudged(judgement.deviant());
  if (SuspicionOf(judgement) < kSuspicious) return true;
  Sighting sighting{.deviation = 0,
                    .source = std::max<uint64_t>(absl::HashOf(request.subject().source), 1),
                    .route_samples = model.SamplesOf(request)};
  const bool several = SuspicionOf(judgement) >= kSeveral || HasStrange(judgement);
  const Often& often = several ? kOftenSeveral : kOftenOne;
  bool released = true;
  for (const Deviation& deviation : judgement.deviations) {
    if (deviation.weight < kCountedWeight) continue;
    sighting.deviation = HashOf(request, deviation, several);
    released = Release(sighting, often) && released;  // each is to be counted
  }
  return released;
}

bool Baseline::Release(const Sighting& sighting, const Often& often) {
  if (held_.size() >= kMaxHeld && !held_.contains(sighting.deviation)) return false;
  Held& held = held_[sighting.deviation];
  ++held.count;
  for (uint64_t& known : held.sources) {
    if (known == 0) known = sighting.source;
    if (known == sighting.source) break;
  }
  if (held.count < often.times) return false;
  const bool many_sources = held.sources.back() != 0;
  return many_sources || static_cast<double>(held.count) >=
                             often.share * static_cast<double>(sighting.route_samples);
}

Judgement Baseline::Judge(const Observation& request) const {
  const auto found = destinations_.find(request.subject().destination);
  if (found == destinations_.end()) return {};
  return found->second.Judge(request);
}

absl::Status Baseline::SetState(BaselineState state) {
  if (state == BaselineState::kEnforce) {
    const bool requests = samples_ > 0;
    const uint64_t samples = requests ? samples_ : protocols_.samples();
    if (samples < limits_.least_samples) {
      return absl::FailedPreconditionError(
          absl::StrCat("a baseline of ", samples, requests ? " requests" : " connections",
                       " is not enforced: ", limits_.least_samples, " are needed"));
    }
    if (learned() < limits_.least_learning) {
      return absl::FailedPreconditionError(absl::StrCat(
          "a baseline learned for ", absl::FormatDuration(learned()),
          " is not enforced: ", absl::FormatDuration(limits_.least_learning), " are needed"));
    }
  }
  learned_before_ = learned();
  in_state_since_ = clock_.MonoNow();
  state_ = state;
  return absl::OkStatus();
}

absl::Duration Baseline::learned() const {
  if (state_ != BaselineState::kLearn) return learned_before_;
  return learned_before_ + absl::FromChrono(clock_.MonoNow() - in_state_since_);
}

size_t Baseline::bytes() const {
  size_t bytes = sizeof(*this) + protocols_.bytes();
  bytes += held_.capacity() * (sizeof(Held) + sizeof(uint64_t));
  for (const auto& [name, model] : destinations_) bytes += name.capacity() + model.bytes();
  return bytes;
}

}  // namespace firebreak::inspect
