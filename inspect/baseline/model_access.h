// ModelText reaches into the models for whoever writes them down and reads them back. For
// model_writer.cc and model_reader.cc only.
#ifndef FIREBREAK_INSPECT_BASELINE_MODEL_ACCESS_H_
#define FIREBREAK_INSPECT_BASELINE_MODEL_ACCESS_H_

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace firebreak::inspect {

// Each gives a part of a model, const or not as the model is.
class ModelText {
 public:
  template <typename Model>  // ParameterModel
  static auto& ValueLength(Model& model) {
    return model.length_;
  }
  template <typename Model>
  static auto& CharClasses(Model& model) {
    return model.classes_;
  }
  template <typename Model>
  static auto& Types(Model& model) {
    return model.types_;
  }
  template <typename Model>
  static auto& Values(Model& model) {
    return model.values_;
  }
  template <typename Model>  // ParameterModel, PathModel
  static auto& Patterns(Model& model) {
    return model.patterns_;
  }

  template <typename Model>  // RouteModel
  static auto& Parameters(Model& model) {
    return model.parameters_;
  }
  template <typename Model>
  static auto& Sets(Model& model) {
    return model.sets_;
  }
  template <typename Model>
  static auto& ContentTypes(Model& model) {
    return model.content_types_;
  }
  template <typename Model>
  static auto& Body(Model& model) {
    return model.body_;
  }

  template <typename Model>  // PathModel
  static auto& PathSamples(Model& model) {
    return model.samples_;
  }
  template <typename Model>
  static auto& Methods(Model& model) {
    return model.methods_;
  }
  template <typename Model>
  static auto& Folders(Model& model) {
    return model.folders_;
  }
  template <typename Model>
  static auto& Endings(Model& model) {
    return model.endings_;
  }
  template <typename Model>
  static auto& PathClasses(Model& model) {
    return model.classes_;
  }
  template <typename Model>
  static auto& PathLength(Model& model) {
    return model.length_;
  }

  template <typename Model>  // DestinationModel
  static auto& Routes(Model& model) {
    return model.routes_;
  }
  template <typename Model>
  static auto& ParameterCount(Model& model) {
    return model.parameters_;
  }
  template <typename Model>
  static auto& FirstSources(Model& model) {
    return model.first_sources_;
  }
  template <typename Model>
  static auto& RoutesOfName(Model& model) {
    return model.routes_of_name_;
  }
  template <typename Model>
  static auto& Names(Model& model) {
    return model.names_;
  }
  template <typename Model>
  static auto& AllValues(Model& model) {
    return model.all_values_;
  }
  template <typename Model>
  static auto& Paths(Model& model) {
    return model.paths_;
  }

  template <typename Model>
  static auto& Judged(Model& model) {
    return model.judged_;
  }
  template <typename Model>
  static auto& Deviant(Model& model) {
    return model.deviant_;
  }

  template <typename Model>  // ProtocolModel
  static auto& Edges(Model& model) {
    return model.edges_;
  }
  template <typename Model>
  static auto& Connections(Model& model) {
    return model.samples_;
  }

  // Restore gives a baseline another content.
  template <typename Baseline, typename Content>
  static void Restore(Baseline& baseline, Content content) {
    baseline.state_ = content.state;
    baseline.learning_since_ = content.learning_since;
    // What a file of an earlier version does not say its date does, unless that is still to come.
    baseline.learned_before_ = content.learned.value_or(
        std::max(absl::ZeroDuration(), baseline.clock_.WallNow() - content.learning_since));
    baseline.in_state_since_ = baseline.clock_.MonoNow();
    baseline.samples_ = content.samples;
    baseline.parameters_ = content.parameters;
    baseline.destinations_ = std::move(content.destinations);
    baseline.protocols_ = std::move(content.protocols);
    baseline.held_.clear();
    baseline.held_requests_ = 0;
  }
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_MODEL_ACCESS_H_
