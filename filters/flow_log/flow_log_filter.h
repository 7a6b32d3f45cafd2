// FlowLogFilter hands each connection's record to the flow log: one CLOSE always, one OPEN where
// asked for, one PERIODIC every now and then while it lives.
#ifndef FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_FILTER_H_
#define FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_FILTER_H_

#include "base/clock.h"
#include "filters/api/connection_filter.h"
#include "flows/ring.h"

namespace firebreak::filters {

class FlowLogFilter final : public ConnectionFilter {
 public:
  struct Options {
    bool open_records = false;
  };

  // The ring is the worker's and outlives the filter.
  FlowLogFilter(flows::Ring& ring, const Clock& clock, Options options)
      : ring_(ring), clock_(clock), options_(options) {}

  Step OnEstablished(Connection& connection) override;
  void OnPeriodic(Connection& connection) override;
  void OnEnd(Connection& connection) override;

 private:
  // Stamp says what the record marks, and when.
  void Stamp(const Connection& connection, flows::Event event, flows::Record* record) const;

  flows::Ring& ring_;
  const Clock& clock_;
  const Options options_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_FLOW_LOG_FLOW_LOG_FILTER_H_
