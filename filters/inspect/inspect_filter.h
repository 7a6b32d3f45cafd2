// InspectFilter looks into the requests and responses that policy lets through.
#ifndef FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_
#define FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "base/turn_budget.h"
#include "filters/api/http_filter.h"
#include "filters/inspect/engines.h"
#include "filters/inspect/inspection_plan.h"
#include "filters/inspect/inspection_stats.h"
#include "filters/inspect/live_inspection.h"
#include "filters/inspect/message_part.h"
#include "inspect/payload/structure.h"

namespace firebreak::filters {

class ResponsePart;

// What was found is in the record of the request, whatever became of it. With mode BLOCK a request
// is refused as soon as its score reaches the threshold: before any of it was sent on if its
// headers did, or in the midst of its body. What cannot be looked into, since its coding is not
// known or broken, is refused as well. A response is stopped likewise: answered with 502 when its
// headers, those of an interim response before it, or its first piece are enough, broken off when
// some of it was sent. On a WebSocket every message is looked into, and the connection ends with
// the first that is refused.
//
// Rules of packs are rules like the others; they apply to requests alone.
//
// A request that nothing is known against, once it was answered without an error, is learned from
// where the listener's baseline is still being learned; afterwards what deviates from it is found
// like the rest, with the last byte of the body.
class InspectFilter final : public HttpFilter {
 public:
  // The budget bounds what is decoded in a turn. It, the stats and what is live outlive the filter.
  InspectFilter(std::shared_ptr<const InspectionPlan> plan, TurnBudget& budget,
                InspectionStats& stats, LiveInspection& live);
  ~InspectFilter() override;

  Step OnRequest(HttpExchange& exchange) override;
  Step OnInformational(HttpExchange& exchange, const http::Response& interim) override;
  Step OnResponse(HttpExchange& exchange) override;
  bool WantsBodies() const override { return true; }
  Step OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) override;
  Step OnMore(HttpExchange& exchange, Towards towards, absl::string_view bytes) override;
  Step OnBodyEnd(HttpExchange& exchange, Towards towards) override;
  void OnEnd(HttpExchange& exchange) override;

 private:
  struct State;

  State* Find(HttpExchange& exchange) const;
  MessagePart::Setup SetupOf(const HttpExchange& exchange, const Orders& orders, Towards towards);
  bool IsSampled(int percent);
  // ResponseOf is the part for what the workload answers, from the first of it on; null: it is not
  // looked into.
  ResponsePart* ResponseOf(HttpExchange& exchange, State& state);
  void BeginSocket(HttpExchange& exchange, State& state);
  Step Look(HttpExchange& exchange, State& state, MessagePart& message, absl::string_view bytes);
  // Judge says whether the exchange may go on as far as this message is concerned.
  Step Judge(HttpExchange& exchange, State& state, MessagePart& message);
  static Step Obey(HttpExchange& exchange, State& state, const std::optional<Refusal>& refusal);
  // CountHeld: false when decoders and observations hold more than the request's source may have.
  static bool CountHeld(HttpExchange& exchange, State& state);
  // Fail is what becomes of an exchange that cannot be inspected for a reason of our own.
  Step Fail(HttpExchange& exchange, State& state);

  const std::shared_ptr<const InspectionPlan> plan_;
  const inspect::StructureLimits limits_;
  TurnBudget& budget_;
  InspectionStats& stats_;
  LiveInspection& live_;
  Engines engines_;
  uint64_t dice_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_
