// What the tests of this folder share.
#ifndef FIREBREAK_FILTERS_INSPECT_TESTING_H_
#define FIREBREAK_FILTERS_INSPECT_TESTING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "filters/inspect/inspect_filter.h"

namespace firebreak::filters {

// A token that looks as if somebody had given it out.
inline constexpr absl::string_view kToken = "ghp_Zx81LmQv7RtYw3NbKc5HsJd9FgA0uE4i2ePq";

inline constexpr absl::string_view kAwsKey = "AKIAQ3ZV7LMX2TBN5RWD";

// More tokens of a kind that is off than are kept, and behind them a key that should not leave.
inline ListenerPlan TokensAreOff() {
  ListenerPlan plan;
  plan.orders.data_loss = InspectionMode::kBlock;
  plan.secrets_off.set(static_cast<size_t>(inspect::SecretKind::kGithubToken));
  return plan;
}
inline std::string ManyTokens() {
  std::string all;
  for (size_t i = 0; i <= inspect::SecretScanner::kMaxMatches; ++i) {
    absl::StrAppend(&all, kToken, " ");
  }
  return all;
}

inline ListenerPlan RequestsOnly(InspectionMode mode) {
  ListenerPlan plan;
  plan.orders.requests = mode;
  return plan;
}

// Room for so many bytes of one source.
class Room final : public FilterMemory {
 public:
  explicit Room(size_t most) : most_(most) {}
  bool Change(size_t before, size_t after) override {
    held_ += after - before;
    return held_ <= most_;
  }
  size_t held() const { return held_; }

 private:
  const size_t most_;
  size_t held_ = 0;
};

// Inspected is one exchange on the second of two listeners, with this plan.
class Inspected {
 public:
  explicit Inspected(ListenerPlan plan, size_t max_held = size_t{64} << 20)
      : memory_(max_held),
        filter_(PlanOf(std::move(plan)), budget_, stats_, live_),
        exchange_(connection_) {
    exchange_.memory = &memory_;
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
  const Room& memory() const { return memory_; }

  Step Headers() {
    exchange_.states.push_back(filter_.NewState(exchange_));
    return filter_.OnRequest(exchange_);
  }
  Step Body(absl::string_view bytes) { return Piece(Towards::kUpstream, bytes); }
  // How often a budget was not enough.
  int turns() const { return turns_; }
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
      const Step step = Piece(Towards::kDownstream, body.substr(0, piece));
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
  // Piece is a piece in as many turns as it takes.
  Step Piece(Towards towards, absl::string_view bytes) {
    Step step = filter_.OnBody(exchange_, towards, bytes);
    while (step == Step::kLater) {
      ++turns_;
      budget_.Refill();
      step = filter_.OnMore(exchange_, towards, bytes);
    }
    return step;
  }
  static std::shared_ptr<const InspectionPlan> PlanOf(ListenerPlan plan) {
    auto all = std::make_shared<InspectionPlan>();
    all->listeners.resize(1);
    all->listeners.push_back(std::move(plan));
    return all;
  }

  Room memory_;
  InspectionStats stats_;
  LiveInspection live_{.baselines = BaselinePorts(2)};
  TurnBudget budget_;
  InspectFilter filter_;
  Connection connection_;
  HttpExchange exchange_;
  int turns_ = 0;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_TESTING_H_
