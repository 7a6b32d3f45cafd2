// Flows as OCSF 1.3 events: Network Activity (4001) for connections, HTTP Activity (4002) for
// requests.
#ifndef FIREBREAK_FLOWS_OCSF_H_
#define FIREBREAK_FLOWS_OCSF_H_

#include <string>

#include "flows/flow.h"

namespace firebreak::flows {

// AppendOcsf appends one JSON object, without a line feed. A LOST line becomes a Base Event that
// says how many are missing; HEAD and ROLLUP lines become nothing. What the schema has no place for
// stands in "unmapped" under our own names. docs/FLOWS.md has the table.
void AppendOcsf(const Flow& flow, std::string* out);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_OCSF_H_
