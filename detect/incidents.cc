#include "detect/incidents.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detect/statistics.h"

namespace firebreak::detect {
namespace {

// A step by itself this weak joins an incident only when the way led over it.
constexpr double kJoinsDecades = 1.0;

bool Earlier(const Step& a, const Step& b) {
  return std::tie(a.call.start_us, a.call.end_us, a.call.flow.high, a.call.flow.low) <
         std::tie(b.call.start_us, b.call.end_us, b.call.flow.high, b.call.flow.low);
}

}  // namespace

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kMedium:
      return "Medium";
    case Severity::kHigh:
      return "High";
    case Severity::kCritical:
      return "Critical";
  }
  return "";
}

uint64_t Incidents::Resolve(uint64_t id) const {
  auto found = incidents_.find(id);
  while (found != incidents_.end() && found->second.merged_into != 0) {
    id = found->second.merged_into;
    found = incidents_.find(id);
  }
  return found == incidents_.end() ? 0 : id;
}

void Incidents::Join(Incident& incident, StepId id, Suspicion& suspicion) {
  Step* const step = suspicion.Find(id);
  if (step == nullptr || step->incident != 0) return;
  step->incident = incident.id;
  incident.evidence = std::max(incident.evidence, step->evidence);
  if (incident.steps.size() >= kMaxSteps) {
    ++incident.more_steps;
    return;
  }
  incident.steps.insert(
      std::upper_bound(incident.steps.begin(), incident.steps.end(), *step, Earlier), *step);
}

void Incidents::Merge(uint64_t from, uint64_t into) {
  Incident& source = incidents_[from];
  Incident& target = incidents_[into];
  source.merged_into = into;
  target.evidence = std::max(target.evidence, source.evidence);
  target.over_budget = target.over_budget && source.over_budget;
  for (Step& step : source.steps) {
    if (target.steps.size() >= kMaxSteps) {
      ++target.more_steps;
      continue;
    }
    target.steps.insert(std::upper_bound(target.steps.begin(), target.steps.end(), step, Earlier),
                        std::move(step));
  }
  target.more_steps += source.more_steps;
  source.steps.clear();
}

void Incidents::Raise(StepId id, Suspicion& suspicion) {
  if (incidents_.size() >= kMaxIncidents) incidents_.erase(incidents_.begin());
  Incident& incident = incidents_[next_];
  incident.id = next_++;
  const Step* step = suspicion.Find(id);
  incident.raised_us = step->call.end_us;
  StepId on_the_way = id;
  while (step != nullptr && on_the_way != 0) {
    const StepId previous = step->previous;
    Join(incident, on_the_way, suspicion);
    on_the_way = previous;
    step = suspicion.Find(on_the_way);
  }
  const Call& first = incident.steps.front().call;
  incident.uid = absl::StrCat(first.flow.Hex(), "-", first.start_us / 1'000);
  ++raised_;
}

void Incidents::Charge(Incident& incident) {
  const int64_t day = incident.raised_us / kDayUs;
  if (day != budget_day_) {
    budget_day_ = day;
    budget_used_ = 0;
  }
  incident.over_budget = ++budget_used_ > settings_.daily_budget;
}

void Incidents::See(StepId id, Suspicion& suspicion, Labels& labels, const Names& names) {
  const Step* const step = suspicion.Find(id);
  if (step == nullptr) return;
  // The incidents that this step touches: by the way it came, and, when it says something itself,
  // by anything it is next to.
  std::vector<StepId> near;
  if (step->previous != 0) near.push_back(step->previous);
  if (step->own >= kJoinsDecades) near = suspicion.Neighbours(*step);
  uint64_t joined = 0;
  for (const StepId other : near) {
    const Step* const neighbour = suspicion.Find(other);
    if (other == id || neighbour == nullptr || neighbour->incident == 0) continue;
    const int64_t apart = std::llabs(neighbour->call.start_us - step->call.start_us);
    const uint64_t incident = Resolve(neighbour->incident);
    if (incident == 0 || apart > Suspicion::kMemoryUs) continue;
    if (joined != 0 && joined != incident)
      Merge(std::max(joined, incident), std::min(joined, incident));
    joined = joined == 0 ? incident : std::min(joined, incident);
  }
  bool fresh = false;
  if (joined == 0 && step->evidence >= settings_.threshold) {
    joined = next_;
    Raise(id, suspicion);
    fresh = true;
  }
  if (joined == 0) return;
  Incident& incident = incidents_[joined];
  Join(incident, id, suspicion);
  Rate(incident, labels, names);
  if (fresh) Charge(incident);
  changed_.insert(joined);
  if (changed_.size() > kMaxIncidents) changed_.erase(changed_.begin());
}

void Incidents::Rate(Incident& incident, Labels& labels, const Names& names) const {
  double innocent = 1 - Calibrated(std::pow(10, -incident.evidence));
  bool jewel = false;
  bool exposed = false;
  bool certain = false;
  bool nearer = false;
  for (const Step& step : incident.steps) {
    innocent *= 1 - Calibrated(std::pow(10, -step.own));
    jewel |= labels.Of(step.call.destination, names).crown_jewel;
    exposed |= labels.Of(step.call.source, names).internet_facing;
    for (const Clue& clue : step.clues) {
      nearer |= clue.signal == Signal::kReach;
      certain |= clue.signal == Signal::kStolenSvid || clue.signal == Signal::kHoney;
    }
  }
  incident.probability = 1 - innocent;
  const uint32_t hops =
      std::max_element(incident.steps.begin(), incident.steps.end(),
                       [](const Step& a, const Step& b) { return a.hops < b.hops; })
          ->hops;
  incident.severity = Severity::kMedium;
  if (exposed || hops > 1 || certain || nearer) incident.severity = Severity::kHigh;
  if (jewel || (certain && hops > 1)) incident.severity = Severity::kCritical;
}

std::vector<const Incident*> Incidents::TakeChanged() {
  std::set<uint64_t> ids;
  for (const uint64_t id : std::exchange(changed_, {})) {
    if (const uint64_t found = Resolve(id); found != 0) ids.insert(found);
  }
  std::vector<const Incident*> changed;
  changed.reserve(ids.size());
  for (const uint64_t id : ids) changed.push_back(&incidents_.at(id));
  return changed;
}

std::vector<const Incident*> Incidents::All() const {
  std::vector<const Incident*> all;
  for (const auto& [unused, incident] : incidents_) {
    if (incident.merged_into == 0 && !incident.steps.empty()) all.push_back(&incident);
  }
  return all;
}

}  // namespace firebreak::detect
