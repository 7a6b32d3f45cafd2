#include "filters/inspect/stream_filter.h"

#include <chrono>
#include <string>
#include <utility>

#include "filters/inspect/stream_watch.h"

namespace firebreak::filters {
namespace {

using config::StreamAction;

Ending EndingOf(StreamAction action) {
  switch (action) {
    case StreamAction::kNone:
    case StreamAction::kDetect:
    case StreamAction::kBlock:
      return Ending::kClose;
    case StreamAction::kReset:
      return Ending::kReset;
    case StreamAction::kTarpit:
      return Ending::kHold;
  }
  return Ending::kReset;
}

std::string TextOf(const SharedString& text) { return text == nullptr ? "" : *text; }

inspect::Edge EdgeOf(const flows::Record& record) {
  return {.source = TextOf(record.source.principal),
          .destination = TextOf(record.destination.principal),
          .port = record.destination.port};
}

}  // namespace

struct StreamFilter::State final : FilterState {
  State(StreamWatch::Setup setup, inspect::DnsWatch& dns) : watch(std::move(setup), dns) {}

  StreamWatch watch;
  bool blocked = false;
};

Step StreamFilter::OnEstablished(Connection& connection) {
  const flows::Record& record = connection.record;
  const ListenerPlan& plan = plan_->listeners.at(connection.listener);
  const Orders orders = plan.OrdersUnder(record.rule.get());
  if (orders.streams == StreamAction::kNone) return Step::kContinue;
  StreamWatch::Setup setup{.plan = plan,
                           .orders = orders,
                           .direction = record.direction,
                           .client = record.source.ip,
                           .server_port = record.destination.port,
                           .encrypted = record.tls.version != 0};
  BaselinePort& baseline = live_.baselines.at(connection.listener);
  if (baseline.wanted()) setup.learned.emplace(baseline, EdgeOf(record));
  SetState(connection, std::make_unique<State>(std::move(setup), dns_));
  return Step::kContinue;
}

Step StreamFilter::OnBytes(Connection& connection, Towards towards, absl::string_view bytes) {
  auto* const state = static_cast<State*>(StateOf(connection));
  if (state == nullptr) return Step::kContinue;
  const auto since =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonoNow().time_since_epoch());
  const auto side = towards == Towards::kUpstream ? inspect::Side::kClient : inspect::Side::kServer;
  state->watch.Feed(side, bytes, since.count());
  if (state->watch.grounds().empty()) return Step::kContinue;
  const StreamAction action = state->watch.action();
  if (action <= StreamAction::kDetect) return Step::kContinue;
  state->blocked = true;
  connection.ending = EndingOf(action);
  connection.Refuse(Verdict::kDropped, Reason::kInspection, flows::CloseReason::kDenied,
                    state->watch.grounds());
  return Step::kClose;
}

void StreamFilter::OnEnd(Connection& connection) {
  auto* const state = static_cast<State*>(StateOf(connection));
  if (state == nullptr) return;
  state->watch.Finish();
  if (connection.record.verdict == Verdict::kForwarded) state->watch.Teach();
  auto info = state->watch.Info();
  if (info == nullptr) return;
  info->blocked = state->blocked;
  connection.record.inspection = std::move(info);
}

}  // namespace firebreak::filters
