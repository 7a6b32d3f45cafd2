// How a request deviates from a baseline, in the terms of an inspection.
#ifndef FIREBREAK_FILTERS_INSPECT_DEVIATIONS_H_
#define FIREBREAK_FILTERS_INSPECT_DEVIATIONS_H_

#include "inspect/baseline/baseline.h"
#include "inspect/baseline/observation.h"
#include "inspect/engine.h"

namespace firebreak::filters {

// TellDeviations makes one finding of all the ways in which the request deviates, if they weigh
// enough without those that are excluded. It is about the field that deviates most, or about the
// path where it is the request as a whole. A baseline that is not enforced counts for nothing.
void TellDeviations(const inspect::Baseline& baseline, const inspect::Observation& request,
                    inspect::Inspection& inspection);

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_DEVIATIONS_H_
