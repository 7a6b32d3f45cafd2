// Engines are the inspection engines of one worker, made when they are first asked for.
#ifndef FIREBREAK_FILTERS_INSPECT_ENGINES_H_
#define FIREBREAK_FILTERS_INSPECT_ENGINES_H_

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "filters/inspect/inspection_plan.h"
#include "inspect/engine.h"

namespace firebreak::filters {

class Engines {
 public:
  // The plan outlives it.
  explicit Engines(const InspectionPlan& plan) : plan_(plan), engines_(plan.listeners.size()) {}

  // A policy's rule may ask for another paranoia than the listener does.
  inspect::Engine& Of(size_t listener, int paranoia) {
    auto& engine = engines_.at(listener).at(static_cast<size_t>(paranoia - 1));
    if (engine == nullptr) {
      inspect::EngineOptions options = plan_.listeners[listener].engine;
      options.paranoia = paranoia;
      engine = std::make_unique<inspect::Engine>(std::move(options));
    }
    return *engine;
  }

 private:
  const InspectionPlan& plan_;
  std::vector<std::array<std::unique_ptr<inspect::Engine>, inspect::kMaxParanoia>> engines_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_ENGINES_H_
