#include "filters/inspect/inspect_filter.h"

#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "filters/inspect/declared_protocol.h"
#include "filters/inspect/findings.h"
#include "filters/inspect/request_part.h"
#include "filters/inspect/response_part.h"
#include "filters/inspect/socket_part.h"
#include "flows/record.h"

namespace firebreak::filters {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailable = 503;
constexpr int kUpgraded = 101;
constexpr int kFirstError = 400;
constexpr absl::string_view kExtensions = "sec-websocket-extensions";

// Never 0, at which the dice would stand still.
uint64_t RandomNumber() {
  std::random_device random;
  return uint64_t{random()} << 32U | random() | 1U;
}

bool WantsSockets(const Orders& orders) {
  return orders.requests != InspectionMode::kOff || orders.data_loss != InspectionMode::kOff;
}

std::string TextOf(const SharedString& text) { return text == nullptr ? "" : *text; }

std::string TextOf(const inspect::Risk& risk) {
  return absl::StrCat(inspect::InfoOf(risk.kind).id, ": ", risk.why);
}

inspect::Subject SubjectOf(const HttpExchange& exchange) {
  return {.source = TextOf(exchange.record.source.principal),
          .destination = TextOf(exchange.record.destination.principal),
          .method = exchange.request.method,
          .path = exchange.request.path};
}

template <typename Part>
bool AddFound(const Part* part, flows::InspectionInfo* info) {
  if (part == nullptr || !part->found()) return false;
  part->AddTo(info);
  return true;
}

}  // namespace

// State lives as long as its exchange, where the orders say that anything is to be done.
struct InspectFilter::State final : FilterState {
  explicit State(const Orders& to_do) : orders(to_do) {}

  MessagePart* PartOf(Towards towards) const {
    if (towards == Towards::kUpstream) return request.get();
    return response.get();
  }

  SocketPart* SocketOf(Towards towards) const {
    return towards == Towards::kUpstream ? to_server.get() : to_client.get();
  }

  const Orders orders;
  std::optional<inspect::Risk> undeclared;  // the request is not of the protocol of its rule
  std::unique_ptr<RequestPart> request;     // null: it is not looked into
  std::unique_ptr<ResponsePart> response;   // null before it begins, too
  // Null unless it has become a WebSocket.
  std::unique_ptr<SocketPart> to_server;
  std::unique_ptr<SocketPart> to_client;
  size_t held = 0;        // bytes, as counted with the exchange's memory
  bool answered = false;  // the response has begun
  bool blocked = false;
  bool failed = false;  // nothing is looked into any more
};

InspectFilter::InspectFilter(std::shared_ptr<const InspectionPlan> plan, TurnBudget& budget,
                             InspectionStats& stats, LiveInspection& live)
    : plan_(std::move(plan)),
      budget_(budget),
      stats_(stats),
      live_(live),
      engines_(*plan_),
      dice_(RandomNumber()) {}

InspectFilter::~InspectFilter() = default;

InspectFilter::State* InspectFilter::Find(HttpExchange& exchange) const {
  return static_cast<State*>(StateOf(exchange));
}

// SetupOf is how a message that travels this way is judged. What the workload is sent may hold
// secrets by right; what leaves it may not.
MessagePart::Setup InspectFilter::SetupOf(const HttpExchange& exchange, const Orders& orders,
                                          Towards towards) {
  const size_t listener = exchange.connection.listener;
  const bool request = towards == Towards::kUpstream;
  const bool leaves = request == (exchange.record.direction == Direction::kOutbound);
  return {.engine = engines_.Of(listener, orders.paranoia),
          .plan = plan_->listeners[listener],
          .attacks = request ? orders.requests : orders.responses,
          .data_loss = leaves ? orders.data_loss : InspectionMode::kOff};
}

// The state is made here and not with the exchange, since the rule that decided has a say.
Step InspectFilter::OnRequest(HttpExchange& exchange) {
  const ListenerPlan& plan = plan_->listeners.at(exchange.connection.listener);
  const Orders orders = plan.OrdersUnder(exchange.record.rule.get());
  if (orders.nothing()) return Step::kContinue;
  auto made = std::make_unique<State>(orders);
  State& state = *made;
  SetState(exchange, std::move(made));
  state.undeclared = NotAsDeclared(exchange);
  if (state.undeclared.has_value() && orders.streams > config::StreamAction::kDetect) {
    return Obey(exchange, state, Refusal{kForbidden, TextOf(*state.undeclared)});
  }
  const MessagePart::Setup setup = SetupOf(exchange, orders, Towards::kUpstream);
  // What an extension has packed cannot be read, so none is offered on.
  const bool socket = exchange.request.upgrade == http::Upgrade::kWebsocket;
  if (socket && WantsSockets(orders)) exchange.request.headers.Remove(kExtensions);
  if (!setup.wants_anything()) return Step::kContinue;
  state.request = std::make_unique<RequestPart>(setup, limits_);
  state.request->Apply(live_.packs);
  BaselinePort& baseline = live_.baselines.at(exchange.connection.listener);
  if (baseline.wanted()) state.request->Observe(baseline, SubjectOf(exchange));
  state.request->Headers(exchange.request);
  state.request->Redact(&*exchange.record.http);
  return Judge(exchange, state, *state.request);
}

Step InspectFilter::OnInformational(HttpExchange& exchange, const http::Response& interim) {
  State* const state = Find(exchange);
  if (state == nullptr || state->failed) return Step::kContinue;
  ResponsePart* const response = ResponseOf(exchange, *state);
  if (response == nullptr) return Step::kContinue;
  response->Interim(interim);
  return Judge(exchange, *state, *response);
}

Step InspectFilter::OnResponse(HttpExchange& exchange) {
  State* const state = Find(exchange);
  if (state == nullptr || state->failed) return Step::kContinue;
  if (exchange.response.status == kUpgraded) BeginSocket(exchange, *state);
  ResponsePart* const response = ResponseOf(exchange, *state);
  if (response == nullptr) return Step::kContinue;
  response->Headers(exchange.response);
  const Step step = Judge(exchange, *state, *response);
  const bool waits = exchange.response.has_body && response->blocks() && !state->failed;
  return step == Step::kContinue && waits ? Step::kLater : step;
}

void InspectFilter::BeginSocket(HttpExchange& exchange, State& state) {
  if (!WantsSockets(state.orders)) return;
  const MessagePart::Setup to_server = SetupOf(exchange, state.orders, Towards::kUpstream);
  // What a server pushes is data, whose signs of an attack are not those of a response.
  MessagePart::Setup to_client = SetupOf(exchange, state.orders, Towards::kDownstream);
  to_client.attacks = InspectionMode::kOff;
  const absl::string_view path = exchange.request.path;
  if (to_server.wants_anything()) {
    state.to_server =
        std::make_unique<SocketPart>(to_server, limits_, inspect::FrameReader::From::kClient, path);
  }
  if (to_client.wants_anything()) {
    state.to_client =
        std::make_unique<SocketPart>(to_client, limits_, inspect::FrameReader::From::kServer, path);
  }
}

ResponsePart* InspectFilter::ResponseOf(HttpExchange& exchange, State& state) {
  if (std::exchange(state.answered, true)) return state.response.get();
  const ListenerPlan& plan = plan_->listeners.at(exchange.connection.listener);
  const MessagePart::Setup setup = SetupOf(exchange, state.orders, Towards::kDownstream);
  if (setup.wants_anything() && IsSampled(plan.sample_percent)) {
    state.response = std::make_unique<ResponsePart>(setup, limits_, exchange.request);
  }
  return state.response.get();
}

// By chance, which is harder to foresee than a count would be.
bool InspectFilter::IsSampled(int percent) {
  dice_ ^= dice_ << 13U;
  dice_ ^= dice_ >> 7U;
  dice_ ^= dice_ << 17U;
  return static_cast<int>((dice_ >> 32U) % 100) < percent;
}

Step InspectFilter::OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) {
  State* const state = Find(exchange);
  if (state == nullptr || state->failed) return Step::kContinue;
  if (exchange.response.status == kUpgraded) {
    SocketPart* const socket = state->SocketOf(towards);
    return socket == nullptr ? Step::kContinue : Obey(exchange, *state, socket->Feed(bytes));
  }
  MessagePart* const message = state->PartOf(towards);
  return message == nullptr ? Step::kContinue : Look(exchange, *state, *message, bytes);
}

Step InspectFilter::OnMore(HttpExchange& exchange, Towards towards, absl::string_view bytes) {
  State* const state = Find(exchange);
  if (state == nullptr || state->failed) return Step::kContinue;
  MessagePart* const message = state->PartOf(towards);
  if (message == nullptr || !message->midway()) return Step::kContinue;
  return Look(exchange, *state, *message, bytes);
}

Step InspectFilter::Look(HttpExchange& exchange, State& state, MessagePart& message,
                         absl::string_view bytes) {
  message.Body(bytes, budget_);
  const Step step = Judge(exchange, state, message);
  return step == Step::kContinue && message.midway() && !state.failed ? Step::kLater : step;
}

Step InspectFilter::OnBodyEnd(HttpExchange& exchange, Towards towards) {
  State* const state = Find(exchange);
  if (state == nullptr || state->failed || exchange.response.status == kUpgraded) {
    return Step::kContinue;
  }
  MessagePart* const message = state->PartOf(towards);
  if (message == nullptr) return Step::kContinue;
  message->End();
  if (towards == Towards::kUpstream && exchange.request_trailers != nullptr) {
    state->request->Trailers(*exchange.request_trailers);
  }
  if (towards == Towards::kDownstream && exchange.response_trailers != nullptr) {
    state->response->Trailers(*exchange.response_trailers);
  }
  return Judge(exchange, *state, *message);
}

Step InspectFilter::Obey(HttpExchange& exchange, State& state,
                         const std::optional<Refusal>& refusal) {
  if (!refusal.has_value()) return Step::kContinue;
  state.blocked = true;
  exchange.Refuse(Verdict::kDropped, Reason::kInspection, refusal->status, refusal->detail);
  return Step::kClose;
}

Step InspectFilter::Judge(HttpExchange& exchange, State& state, MessagePart& message) {
  if (!CountHeld(exchange, state) || message.failed()) return Fail(exchange, state);
  return Obey(exchange, state, message.refusal());
}

bool InspectFilter::CountHeld(HttpExchange& exchange, State& state) {
  const size_t held = (state.request == nullptr ? 0 : state.request->held_bytes()) +
                      (state.response == nullptr ? 0 : state.response->held_bytes());
  const size_t before = std::exchange(state.held, held);
  if (held == before || exchange.memory == nullptr) return true;
  // Whoever was let have it keeps it: others may have come since.
  return exchange.memory->Change(before, held) || held < before;
}

Step InspectFilter::Fail(HttpExchange& exchange, State& state) {
  stats_.errors.fetch_add(1, std::memory_order_relaxed);
  state.failed = true;
  if (state.request != nullptr) state.request->Stop();
  if (state.response != nullptr) state.response->Stop();
  CountHeld(exchange, state);
  const ListenerPlan& plan = plan_->listeners.at(exchange.connection.listener);
  const bool blocks = state.orders.requests == InspectionMode::kBlock ||
                      state.orders.responses == InspectionMode::kBlock ||
                      state.orders.data_loss == InspectionMode::kBlock;
  if (plan.fail_mode == config::FailMode::kOpen || !blocks) return Step::kContinue;
  exchange.Refuse(Verdict::kDropped, Reason::kInspection, kUnavailable,
                  "inspection has no memory left");
  return Step::kClose;
}

void InspectFilter::OnEnd(HttpExchange& exchange) {
  State* const state = Find(exchange);
  if (state == nullptr) return;
  // The decoders go now, since what they held is free from now on.
  if (state->request != nullptr) state->request->Stop();
  if (state->response != nullptr) state->response->Stop();
  if (exchange.memory != nullptr) exchange.memory->Change(std::exchange(state->held, 0), 0);
  auto info = std::make_shared<flows::InspectionInfo>();
  info->blocked = state->blocked;
  bool found = state->undeclared.has_value();
  if (found) AddRisk(*state->undeclared, info.get());
  found = AddFound(state->request.get(), info.get()) || found;
  found = AddFound(state->response.get(), info.get()) || found;
  found = AddFound(state->to_server.get(), info.get()) || found;
  found = AddFound(state->to_client.get(), info.get()) || found;
  if (found) exchange.record.inspection = std::move(info);
  // Those who probe are to teach nothing.
  const int status = exchange.response.status;
  const bool answered = status > 0 && status < kFirstError && !exchange.refused();
  if (state->request != nullptr) state->request->EndObserving(answered && !found && !state->failed);
}

}  // namespace firebreak::filters
