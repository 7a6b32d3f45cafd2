// Whom to cut off when an incident is bad enough, and nobody is there to decide.
#ifndef FIREBREAK_DETECT_RESPONSE_H_
#define FIREBREAK_DETECT_RESPONSE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/verdict.h"
#include "config/diagnostics.h"
#include "detect/incidents.h"
#include "detect/labels.h"
#include "detect/names.h"

namespace firebreak::detect {

struct ResponsePolicy {
  double minimum_probability = 1;
  Severity minimum_severity = Severity::kCritical;
  QuarantineMode mode = QuarantineMode::kObserve;
  absl::Duration ttl;
  size_t identities_an_hour = 0;
  size_t fleet_percent_an_hour = 0;
  std::vector<std::string> allow;
  std::string list;  // paths
  std::string key;

  // Parse reads the file. Anything that is missing, or that it does not understand, is reported
  // with its position, and gives nullopt: there are no defaults for what may cut off a fleet.
  static std::optional<ResponsePolicy> Parse(absl::string_view file, absl::string_view text,
                                             config::Diagnostics* diagnostics);
};

// Responder chooses among those who made an incident's suspicious calls: not who was only called,
// not who gave next to no evidence, nobody protected, and no more in any hour than the budget lets.
// The budget counts whoever is chosen, so that a flood of incidents, real or staged, cannot have it
// cut off a fleet. Whoever was refused for the budget may be chosen later, if the incident goes on.
class Responder {
 public:
  explicit Responder(ResponsePolicy policy) : policy_(std::move(policy)) {}

  enum class Choice {
    kQuarantine,
    kProtected,
    kOverBudget,
    kFleetTooSmall,  // its share an hour is less than one
  };
  struct Decision {
    std::string identity;
    Choice choice = Choice::kQuarantine;
  };

  // Charge counts an identity that was cut off before this responder began, so that starting again
  // does not start the budget again.
  void Charge(const std::string& identity, absl::Time at);

  // Decide is asked whenever an incident was raised or went on; fleet is how many identities there
  // are. It does not repeat itself: what it decided of an identity, and for what reason not, is
  // told once an incident, and who is cut off is not cut off again before that ends.
  std::vector<Decision> Decide(const Incident& incident, Labels& labels, const Names& names,
                               size_t fleet, absl::Time now);

  // Limit is how many identities an hour a fleet of this size allows.
  size_t Limit(size_t fleet) const;
  const ResponsePolicy& policy() const { return policy_; }

 private:
  static constexpr size_t kMaxTold = 10'000;

  bool MayAct(size_t fleet, absl::Time now);

  ResponsePolicy policy_;
  std::deque<absl::Time> acted_;            // within the hour, oldest first
  std::map<std::string, absl::Time> held_;  // until when
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_RESPONSE_H_
