// DestinationModel knows one destination: its routes, and what all of them have in common.
#ifndef FIREBREAK_INSPECT_BASELINE_DESTINATION_MODEL_H_
#define FIREBREAK_INSPECT_BASELINE_DESTINATION_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "inspect/baseline/deviation.h"
#include "inspect/baseline/observation.h"
#include "inspect/baseline/path_model.h"
#include "inspect/baseline/route_model.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {

// A route that was called rarely, or never by this source, is judged by what is closest to it:
// - the same route as another source calls it;
// - else the parameters of the same name on other routes, and of the same path under other methods;
// - else all values of the destination taken together.
class DestinationModel {
 public:
  static constexpr size_t kMaxRoutes = 4096;
  static constexpr size_t kMaxNames = 256;
  // A route with fewer samples is not known well enough to judge by.
  static constexpr uint64_t kLeastSamples = 10;

  struct RouteKey {
    std::string source, method, route;

    template <typename H>
    friend H AbslHashValue(H state, const RouteKey& key) {
      return H::combine(std::move(state), key.source, key.method, key.route);
    }
    friend bool operator==(const RouteKey& a, const RouteKey& b) {
      return a.source == b.source && a.method == b.method && a.route == b.route;
    }
  };
  using Routes = absl::flat_hash_map<RouteKey, RouteModel>;

  // `shared`: false to learn what the request says of its route, and nothing of what all have in
  // common.
  void Learn(const Observation& request, bool shared);
  // Judge: what the training may owe to attacks, as far as CountJudged knows, counts as never seen.
  // AtFaceValue takes it as it is.
  Judgement Judge(const Observation& request) const { return Judge(request, doubt()); }
  Judgement JudgeAtFaceValue(const Observation& request) const { return Judge(request, Doubt()); }

  // CountJudged: of a request that is to be learned from, whether it deviated at face value.
  void CountJudged(bool deviant);
  // What few samples show is in doubt by how many of the requests deviated: in a clean training
  // next to none do.
  Doubt doubt() const;

  uint64_t samples() const { return paths_.samples(); }
  // Whether the request's route has been seen often enough to be judged by.
  bool Knows(const Observation& request) const;
  // The samples of the route that a request belongs to; 0: none.
  uint64_t SamplesOf(const Observation& request) const;
  // Parameters of all routes: what memory goes by.
  size_t parameters() const { return parameters_; }
  // GiveUpRoute forgets one of the least known routes. There must be one.
  void GiveUpRoute();
  const Routes& routes() const { return routes_; }
  size_t bytes() const;

 private:
  friend class ModelText;

  Judgement Judge(const Observation& request, const Doubt& doubt) const;
  void LearnNames(const Observation& request);
  // The route, if it has been seen often enough to be judged by; else null.
  const RouteModel* KnownRoute(const RouteKey& key, const Doubt& doubt) const;
  const RouteModel* SameRouteOfOther(const RouteKey& key, const Doubt& doubt) const;
  void JudgeNewRoute(const Observation& request, const RouteKey& key, const Doubt& doubt,
                     std::vector<Deviation>& out) const;
  // keys: of the request.
  void JudgeUnknownName(const std::vector<absl::string_view>& keys, const Observation::Field& field,
                        bool first, const Doubt& doubt, std::vector<Deviation>& out) const;

  Routes routes_;
  size_t parameters_ = 0;
  // Who called "METHOD route" first; the route may have been given up since.
  absl::flat_hash_map<std::string, std::string> first_sources_;
  absl::flat_hash_map<std::string, uint32_t> routes_of_name_;
  ParameterModels names_;
  ParameterModel all_values_;
  PathModel paths_;
  uint64_t judged_ = 0;
  uint64_t deviant_ = 0;  // of judged_
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_DESTINATION_MODEL_H_
