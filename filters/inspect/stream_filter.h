// StreamFilter looks into connections that carry bytes and not HTTP.
#ifndef FIREBREAK_FILTERS_INSPECT_STREAM_FILTER_H_
#define FIREBREAK_FILTERS_INSPECT_STREAM_FILTER_H_

#include <memory>
#include <utility>

#include "base/clock.h"
#include "filters/api/connection_filter.h"
#include "filters/inspect/inspection_plan.h"
#include "filters/inspect/live_inspection.h"
#include "inspect/stream/dns_watch.h"

namespace firebreak::filters {

// What was found is in the CLOSE record. Where the orders say more than DETECT, the connection ends
// with the piece in which a finding becomes certain, which is not passed on.
class StreamFilter final : public ConnectionFilter {
 public:
  // The clock and what is live outlive the filter.
  StreamFilter(std::shared_ptr<const InspectionPlan> plan, const Clock& clock, LiveInspection& live)
      : plan_(std::move(plan)), clock_(clock), live_(live) {}

  Step OnEstablished(Connection& connection) override;
  bool WantsBytes() const override { return true; }
  Step OnBytes(Connection& connection, Towards towards, absl::string_view bytes) override;
  void OnEnd(Connection& connection) override;

 private:
  struct State;

  const std::shared_ptr<const InspectionPlan> plan_;
  const Clock& clock_;
  LiveInspection& live_;
  inspect::DnsWatch dns_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_STREAM_FILTER_H_
