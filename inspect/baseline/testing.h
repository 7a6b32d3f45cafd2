// What tests of baselines share. Included by tests only.
#ifndef FIREBREAK_INSPECT_BASELINE_TESTING_H_
#define FIREBREAK_INSPECT_BASELINE_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/baseline/observation.h"

namespace firebreak::inspect {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Ask is one request of the orders service for the payments service.
struct Ask {
  std::string method = "POST";
  std::string path = "/v1/charges";
  Parameters parameters;
  std::string source = "shop/ns/web/sa/orders";
};

inline void Observe(const Ask& ask, Observation& observation) {
  observation.Begin({.source = ask.source,
                     .destination = "shop/ns/web/sa/payments",
                     .method = ask.method,
                     .path = ask.path});
  for (const auto& [name, value] : ask.parameters) {
    observation.BeginField(Place::kForm, "", /*is_name=*/true);
    observation.FieldBytes(name);
    observation.EndField();
    observation.BeginField(Place::kForm, name, /*is_name=*/false);
    // In two pieces, since nothing may depend on how a value is cut.
    observation.FieldBytes(absl::string_view(value).substr(0, value.size() / 2));
    observation.FieldBytes(absl::string_view(value).substr(value.size() / 2));
    observation.EndField();
  }
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_TESTING_H_
