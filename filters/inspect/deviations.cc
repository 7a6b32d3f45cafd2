#include "filters/inspect/deviations.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "inspect/baseline/deviation.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {
namespace {

using inspect::Deviation;
using inspect::Place;

struct Spot {
  Place place;
  absl::string_view field;
};

// Spots says where deviations of a request count. Each of its fields is looked at once, however
// many of them deviate and in however many ways.
class Spots {
 public:
  // All of it outlives this.
  Spots(const inspect::RuleInfo& rule, const inspect::Observation& request,
        const inspect::Inspection& inspection)
      : rule_(rule), inspection_(inspection) {
    for (size_t i = 0; i < request.size(); ++i) {
      // Two places may have fields of one name, such as a cookie and a parameter: then one that
      // counts is enough.
      std::optional<Spot>& spot = of_name_[request[i].name()];
      if (!spot.has_value()) spot = Counting({request[i].place, request[i].name()});
    }
  }

  // Nothing: it is excluded.
  std::optional<Spot> Of(const Deviation& deviation) const {
    if (deviation.kind == inspect::DeviationKind::kContentType) {
      return Counting({Place::kHeader, "content-type"});
    }
    if (deviation.field.empty()) return Counting({Place::kPath, ""});
    const auto found = of_name_.find(deviation.field);
    return found == of_name_.end() ? std::nullopt : found->second;
  }

 private:
  std::optional<Spot> Counting(const Spot& spot) const {
    const bool counts = inspection_.Counts(rule_, spot.place, /*is_name=*/false, spot.field);
    return counts ? std::make_optional(spot) : std::nullopt;
  }

  const inspect::RuleInfo& rule_;
  const inspect::Inspection& inspection_;
  absl::flat_hash_map<absl::string_view, std::optional<Spot>> of_name_;
};

}  // namespace

void TellDeviations(const inspect::Baseline& baseline, const inspect::Observation& request,
                    inspect::Inspection& inspection) {
  const bool enforced = baseline.state() == inspect::BaselineState::kEnforce;
  const inspect::RuleInfo& rule = enforced ? inspect::kDeviation : inspect::kFrozenDeviation;
  inspect::Judgement all = baseline.Judge(request);
  if (!all.deviant()) return;
  const Spots spots(rule, request, inspection);
  inspect::Judgement counted{.score = 0, .samples = all.samples, .deviations = {}};
  std::optional<Spot> worst;
  double most = 0;
  for (Deviation& deviation : all.deviations) {
    const std::optional<Spot> spot = spots.Of(deviation);
    if (!spot.has_value()) continue;
    counted.score += deviation.weight;
    if (!worst.has_value() || deviation.weight > most) {
      most = deviation.weight;
      worst = spot;
    }
    counted.deviations.push_back(std::move(deviation));
  }
  if (!counted.deviant()) return;
  inspection.Tell(rule, worst->place, worst->field, counted.Explain(inspect::kMaxExplanation));
}

}  // namespace firebreak::filters
