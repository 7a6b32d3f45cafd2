// What the tests of this folder share.
#ifndef FIREBREAK_FILTERS_INSPECT_TESTING_H_
#define FIREBREAK_FILTERS_INSPECT_TESTING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"

#include "filters/inspect/inspect_filter.h"

namespace firebreak::filters {

// A token that looks as if somebody had given it out.
inline constexpr absl::string_view kToken = "ghp_Zx81LmQv7RtYw3NbKc5HsJd9FgA0uE4i2ePq";

inline ListenerPlan RequestsOnly(InspectionMode mode) {
  ListenerPlan plan;
  plan.orders.requests = mode;
  return plan;
}

// Inspected is one exchange on the second of two listeners, with this plan.
class Inspected {
 public:
  explicit Inspected(ListenerPlan plan, size_t max_held = size_t{64} << 20)
      : filter_(PlanOf(std::move(plan)), max_held, stats_, live_), exchange_(connection_) {
    connection_.listener = 1;
    exchange_.request.method = "POST";
    exchange_.request.path = "/v1/charges";
    exchange_.request.headers.Add("content-type", "application/json");
    exchange_.request.has_body = true;
    filter_.set_slot(0);
  }
  http::Request& request() { return exchange_.request; }
  http::Response& response() { return exchange_.response; }
  HttpExchange& exchange() { return exchange_; }
  const InspectionStats& stats() const { return stats_; }

  Step Headers() {
    exchange_.states.push_back(filter_.NewState(exchange_));
    return filter_.OnRequest(exchange_);
  }
  Step Body(absl::string_view bytes) {
    return filter_.OnBody(exchange_, Towards::kUpstream, bytes);
  }
  Step End() { return filter_.OnBodyEnd(exchange_, Towards::kUpstream); }
  // BodyAtOnce is all of a request with this body.
  Step BodyAtOnce(absl::string_view bytes) {
    if (Headers() == Step::kClose || Body(bytes) == Step::kClose) return Step::kClose;
    return End();
  }
  // Answer is all of a response with this body, in pieces.
  Step Answer(absl::string_view body, size_t piece = SIZE_MAX) {
    exchange_.response.status = 200;
    exchange_.response.has_body = true;
    if (filter_.OnResponse(exchange_) == Step::kClose) return Step::kClose;
    while (!body.empty()) {
      const Step step = filter_.OnBody(exchange_, Towards::kDownstream, body.substr(0, piece));
      if (step == Step::kClose) return step;
      body.remove_prefix(std::min(piece, body.size()));
    }
    return filter_.OnBodyEnd(exchange_, Towards::kDownstream);
  }
  const flows::Record& Record() {
    filter_.OnEnd(exchange_);
    return exchange_.record;
  }
  InspectFilter& filter() { return filter_; }
  LiveInspection& live() { return live_; }
  BaselinePort& baseline() { return live_.baselines[1]; }

 private:
  static std::shared_ptr<const InspectionPlan> PlanOf(ListenerPlan plan) {
    auto all = std::make_shared<InspectionPlan>();
    all->listeners.resize(1);
    all->listeners.push_back(std::move(plan));
    return all;
  }

  InspectionStats stats_;
  LiveInspection live_{.baselines = BaselinePorts(2)};
  InspectFilter filter_;
  Connection connection_;
  HttpExchange exchange_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_TESTING_H_
