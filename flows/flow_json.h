// Flows that were read, written as lines again.
#ifndef FIREBREAK_FLOWS_FLOW_JSON_H_
#define FIREBREAK_FLOWS_FLOW_JSON_H_

#include <string>

#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// AppendFlowJson appends a line without its line feed: every field that a Flow has, under the names
// of flow.proto. It says the same as the line that was read, and is not the same bytes: a chain
// does not hold over it, so the fields of the chain are left out.
void AppendFlowJson(const Flow& flow, std::string* out);

// MeansZero tells of a number, or a flag, that says something where it is 0, or false, on a line of
// this event, such as the bytes of a connection that has ended. Elsewhere 0 is an absent field. A
// PERIODIC line tells of a request where it has its method.
bool MeansZero(absl::string_view field, absl::string_view event, absl::string_view method);

// AppendMatches appends inspection.matches as a JSON list; ReadMatches sets it from such a list,
// and to nothing from any other text.
void AppendMatches(const Flow& flow, std::string* out);
void ReadMatches(absl::string_view json, Flow& flow);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_JSON_H_
