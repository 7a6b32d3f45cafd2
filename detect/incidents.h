// Suspicious steps that belong together, told as one incident.
#ifndef FIREBREAK_DETECT_INCIDENTS_H_
#define FIREBREAK_DETECT_INCIDENTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "detect/call.h"
#include "detect/labels.h"
#include "detect/names.h"
#include "detect/suspicion.h"

namespace firebreak::detect {

// The numbers are OCSF's severity_id.
enum class Severity : uint8_t { kMedium = 3, kHigh = 4, kCritical = 5 };
absl::string_view SeverityName(Severity severity);

// Incident is a way through the mesh. Its steps are the evidence, in the order of time.
struct Incident {
  uint64_t id = 0;  // counts from 1
  // Follows from the first flow of the way on which it was raised: the same records give the same.
  std::string uid;
  int64_t raised_us = 0;   // time of the stream when it was raised
  double evidence = 0;     // decades: 6 is one hour of a pod in a million
  double probability = 0;  // noisy-OR of its calibrated findings
  Severity severity = Severity::kMedium;
  bool over_budget = false;  // raised after the day's budget was spent, and so held back
  std::vector<Step> steps;
  uint64_t more_steps = 0;   // beyond kMaxSteps
  uint64_t merged_into = 0;  // it turned out to be part of another one
};

// Incidents joins steps. An incident is raised when the evidence along one way reaches the
// threshold; from then on every step within an hour that leads from it or to it is part of it, and
// two that meet become one. So a flood of noise by one intruder stays one incident.
//
// The budget bounds what is reported a day; what is beyond is kept, marked, unless it is critical.
class Incidents {
 public:
  static constexpr size_t kMaxSteps = 200;
  static constexpr size_t kMaxIncidents = 10'000;

  struct Settings {
    double threshold = 6.5;  // decades; beyond what one weak clue comes to by itself
    size_t daily_budget = 20;
  };

  explicit Incidents(Settings settings) : settings_(settings) {}

  // See takes a step that Suspicion has just added.
  void See(StepId id, Suspicion& suspicion, Labels& labels, const Names& names);

  // All returns every incident by id, those merged into others left out.
  std::vector<const Incident*> All() const;
  uint64_t raised() const { return raised_; }
  // TakeChanged returns those that were raised or went on since it was last called, by id.
  std::vector<const Incident*> TakeChanged();

 private:
  void Raise(StepId id, Suspicion& suspicion);
  void Join(Incident& incident, StepId id, Suspicion& suspicion);
  uint64_t Resolve(uint64_t id) const;
  void Merge(uint64_t from, uint64_t into);
  void Rate(Incident& incident, Labels& labels, const Names& names) const;
  void Charge(Incident& incident);

  Settings settings_;
  std::map<uint64_t, Incident> incidents_;
  std::set<uint64_t> changed_;  // since TakeChanged, kMaxIncidents at most
  uint64_t next_ = 1;
  uint64_t raised_ = 0;
  int64_t budget_day_ = 0;
  size_t budget_used_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_INCIDENTS_H_
