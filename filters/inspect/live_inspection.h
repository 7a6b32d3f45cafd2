// LiveInspection is what one worker inspects by that changes while the sidecar runs.
#ifndef FIREBREAK_FILTERS_INSPECT_LIVE_INSPECTION_H_
#define FIREBREAK_FILTERS_INSPECT_LIVE_INSPECTION_H_

#include <memory>

#include "filters/inspect/baseline_port.h"
#include "inspect/pack/pack_inspection.h"

namespace firebreak::filters {

// All of it belongs to the worker's thread. A request is inspected by the packs that were in force
// when it began.
struct LiveInspection {
  BaselinePorts baselines;                               // one a listener
  std::shared_ptr<const inspect::RulePacks> packs = {};  // null: none
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_LIVE_INSPECTION_H_
