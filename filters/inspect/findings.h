// What inspection found, in the words of a flow record.
#ifndef FIREBREAK_FILTERS_INSPECT_FINDINGS_H_
#define FIREBREAK_FILTERS_INSPECT_FINDINGS_H_

#include <string>

#include "flows/record.h"
#include "inspect/engine.h"
#include "inspect/secrets/secret_scanner.h"
#include "inspect/stream/risk.h"

namespace firebreak::filters {

// A record keeps this many matches, the worst of each message first.
inline constexpr size_t kKeptMatches = 8;

// "query:q", "json-name:$.a".
std::string FieldText(inspect::Place place, absl::string_view name, bool is_name);
// `redact`: the name, which a client chooses, stays out.
std::string FieldText(const inspect::Finding& finding, bool redact);
// The worst of what was found; null: nothing was.
const inspect::Finding* WorstOf(const inspect::Inspection& inspection);

void AddMatch(flows::InspectionMatch match, flows::InspectionInfo* info);
// Each of these adds a message's matches to those that are there, as far as there is room. The
// record's score is that of the message that scored most; only risks, which come one by one, add to
// it.
// `redact`: excerpts and names stay out, since they may hold what was found beside them.
void AddFindings(const inspect::Inspection& inspection, bool redact, flows::InspectionInfo* info);
void AddSecret(const inspect::SecretMatch& secret, absl::string_view where,
               flows::InspectionInfo* info);
void AddRisk(const inspect::Risk& risk, flows::InspectionInfo* info);

// What a risk of a stream adds to its score.
int ScoreOf(inspect::Severity severity);

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_FINDINGS_H_
