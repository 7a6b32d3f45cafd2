// FlowLogHttpFilter hands the record of each request to the flow log: one REQUEST when it is over,
// and one PERIODIC every now and then while it lives.
#ifndef FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_HTTP_FILTER_H_

#include "base/clock.h"
#include "filters/api/http_filter.h"
#include "flows/ring.h"

namespace firebreak::filters {

class FlowLogHttpFilter final : public HttpFilter {
 public:
  // The ring is the worker's and outlives the filter.
  FlowLogHttpFilter(flows::Ring& ring, const Clock& clock) : ring_(ring), clock_(clock) {}

  void OnPeriodic(HttpExchange& exchange) override;
  void OnEnd(HttpExchange& exchange) override;

 private:
  // Stamp says when the record was made, and how much there has been by then.
  void Stamp(const HttpExchange& exchange, flows::Record* record) const;

  flows::Ring& ring_;
  const Clock& clock_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_HTTP_FILTER_H_
