// RouteModel knows what the requests of one source for one route of a destination are like.
#ifndef FIREBREAK_INSPECT_BASELINE_ROUTE_MODEL_H_
#define FIREBREAK_INSPECT_BASELINE_ROUTE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "inspect/baseline/deviation.h"
#include "inspect/baseline/frequent_values.h"
#include "inspect/baseline/observation.h"
#include "inspect/baseline/parameter_model.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {

// By key (Observation::Field).
using ParameterModels = absl::flat_hash_map<std::string, ParameterModel>;

class RouteModel {
 public:
  static constexpr size_t kMaxParameters = 64;
  static constexpr size_t kMaxSets = 16;
  static constexpr size_t kMaxContentTypes = 8;

  // Learn learns the parameters that are there (AddParameter), and the rest of the request.
  void Learn(const Observation& request);
  bool Has(absl::string_view key) const { return parameters_.contains(key); }
  // AddParameter makes room for one more; false when there is none.
  bool AddParameter(absl::string_view key);
  // Both append deviations; `names`: what the destination knows of each name.
  void JudgeParameters(const Observation& request, const ParameterModels& names, const Doubt& doubt,
                       std::vector<Deviation>& out) const;
  void JudgeBody(const Observation& request, const Doubt& doubt, std::vector<Deviation>& out) const;

  uint64_t samples() const { return body_.samples; }
  const ParameterModels& parameters() const { return parameters_; }
  const FrequentValues& content_types() const { return content_types_; }
  const LengthModel& body() const { return body_; }
  size_t bytes() const;

 private:
  friend class ModelText;

  // The keys of a request as one short text.
  static std::string SetOf(const std::vector<absl::string_view>& keys);
  void JudgeSet(const Observation& request, const Doubt& doubt, std::vector<Deviation>& out) const;

  ParameterModels parameters_;
  FrequentValues sets_{kMaxSets};
  FrequentValues content_types_{kMaxContentTypes};
  LengthModel body_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_ROUTE_MODEL_H_
