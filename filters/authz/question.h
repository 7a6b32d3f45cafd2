// How connections and requests are put to the policy engine, and its answer into their records.
#ifndef FIREBREAK_FILTERS_AUTHZ_QUESTION_H_
#define FIREBREAK_FILTERS_AUTHZ_QUESTION_H_

#include "absl/time/time.h"

#include "base/verdict.h"
#include "filters/api/connection.h"
#include "flows/record.h"
#include "policy/decision.h"
#include "policy/request.h"

namespace firebreak::filters {

// QuestionAbout is the connection's question with `peer` as the other side; null: nobody was
// authenticated. What it carries is for the caller to add.
policy::ConnectionRequest QuestionAbout(const Connection& connection, const certs::SpiffeId* peer,
                                        absl::Time now);

// ReasonToCut is what the end of a live connection or request says, which was allowed and now gets
// this refusal.
Reason ReasonToCut(Reason refusal);

// NoteDecision copies who decided into the record, for an answer either way.
void NoteDecision(const policy::Decision& decision, flows::Record& record);

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_QUESTION_H_
