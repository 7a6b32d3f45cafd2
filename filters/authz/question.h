// How connections and requests are put to the policy engine, and its answer into their records.
#ifndef FIREBREAK_FILTERS_AUTHZ_QUESTION_H_
#define FIREBREAK_FILTERS_AUTHZ_QUESTION_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "base/verdict.h"
#include "filters/api/connection.h"
#include "filters/api/http_exchange.h"
#include "flows/record.h"
#include "policy/authorizer.h"
#include "policy/decision.h"
#include "policy/permit.h"
#include "policy/request.h"

namespace firebreak::filters {

// QuestionAbout is the connection's question with `peer` as the other side; null: nobody was
// authenticated. What it carries is for the caller to add.
policy::ConnectionRequest QuestionAbout(const Connection& connection, const certs::SpiffeId* peer,
                                        absl::Time now);

// ReasonToCut is what the end of a live connection or request says, which was allowed and now gets
// this refusal.
Reason ReasonToCut(Reason refusal);

// Asked is what an answer is noted on: a connection, or a request.
struct Asked {
  explicit Asked(Connection& connection)
      : record(connection.record), permit(connection.permit), use(connection.use) {}
  explicit Asked(HttpExchange& exchange)
      : record(exchange.record), permit(exchange.permit), use(exchange.use) {}

  flows::Record& record;
  std::optional<policy::Permit>& permit;
  std::shared_ptr<const policy::UseCount>& use;
};

// AskPolicy puts a question and notes who decided, for an answer either way; with a yes come the
// verdict and the permit. It returns why not; nullopt: it is allowed. *decision is for what it has
// not noted.
std::optional<Reason> AskPolicy(policy::Authorizer& authorizer,
                                const policy::ConnectionRequest& question, Asked asked,
                                policy::Decision* decision);

// AskAboutAny asks about candidates until one is allowed, and returns why the last was not;
// nullopt: one was.
template <typename Ask>
std::optional<Reason> AskAboutAny(const std::vector<certs::SpiffeId>& candidates, const Ask& ask) {
  std::optional<Reason> refusal = Reason::kInternal;
  for (const certs::SpiffeId& candidate : candidates) {
    refusal = ask(&candidate);
    if (!refusal.has_value()) break;
  }
  return refusal;
}

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_QUESTION_H_
