#include "filters/inspect/deviations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "inspect/baseline/deviation.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {
namespace {

using inspect::Deviation;
using inspect::Place;

struct Spot {
  Place place;
  std::string field;
};

// Where a deviation counts; nothing: it is excluded. Two places may have fields of one name, such
// as a cookie and a parameter: then one that counts is enough.
std::optional<Spot> SpotOf(const Deviation& deviation, const inspect::RuleInfo& rule,
                           const inspect::Observation& request,
                           const inspect::Inspection& inspection) {
  const auto counting = [&](Place place, absl::string_view field) -> std::optional<Spot> {
    if (!inspection.Counts(rule, place, /*is_name=*/false, field)) return std::nullopt;
    return Spot{place, std::string(field)};
  };
  if (deviation.kind == inspect::DeviationKind::kContentType) {
    return counting(Place::kHeader, "content-type");
  }
  if (deviation.field.empty()) return counting(Place::kPath, "");
  for (size_t i = 0; i < request.size(); ++i) {
    if (request[i].name() != deviation.field) continue;
    std::optional<Spot> spot = counting(request[i].place, deviation.field);
    if (spot.has_value()) return spot;
  }
  return std::nullopt;
}

}  // namespace

void TellDeviations(const inspect::Baseline& baseline, const inspect::Observation& request,
                    inspect::Inspection& inspection) {
  const bool enforced = baseline.state() == inspect::BaselineState::kEnforce;
  const inspect::RuleInfo& rule = enforced ? inspect::kDeviation : inspect::kFrozenDeviation;
  const inspect::Judgement all = baseline.Judge(request);
  if (!all.deviant()) return;
  inspect::Judgement counted{.score = 0, .samples = all.samples, .deviations = {}};
  std::optional<Spot> worst;
  double most = 0;
  for (const Deviation& deviation : all.deviations) {
    std::optional<Spot> spot = SpotOf(deviation, rule, request, inspection);
    if (!spot.has_value()) continue;
    counted.score += deviation.weight;
    counted.deviations.push_back(deviation);
    if (worst.has_value() && deviation.weight <= most) continue;
    most = deviation.weight;
    worst = std::move(spot);
  }
  if (counted.deviant()) inspection.Tell(rule, worst->place, worst->field, counted.Explain());
}

}  // namespace firebreak::filters
