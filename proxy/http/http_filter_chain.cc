#include "proxy/http/http_filter_chain.h"

#include <utility>

namespace firebreak::proxy {

using filters::HttpExchange;
using filters::HttpFilter;
using filters::Step;

namespace {

template <typename Filters, typename Call>
Step UntilClose(const Filters& filters, Call call) {
  Step all = Step::kContinue;
  for (const auto& filter : filters) {
    const Step step = call(*filter);
    if (step == Step::kClose) return Step::kClose;
    if (step == Step::kLater) all = Step::kLater;
  }
  return all;
}

}  // namespace

HttpFilterChain::HttpFilterChain(std::vector<std::unique_ptr<HttpFilter>> filters)
    : filters_(std::move(filters)) {
  for (size_t slot = 0; slot < filters_.size(); ++slot) {
    filters_[slot]->set_slot(slot);
    if (filters_[slot]->WantsBodies()) body_filters_.push_back(filters_[slot].get());
  }
}

void HttpFilterChain::Begin(HttpExchange& exchange) {
  exchange.states.reserve(filters_.size());
  for (const auto& filter : filters_) exchange.states.push_back(filter->NewState(exchange));
}

Step HttpFilterChain::OnRequest(HttpExchange& exchange) {
  return UntilClose(filters_, [&](HttpFilter& f) { return f.OnRequest(exchange); });
}

Step HttpFilterChain::OnUpstream(HttpExchange& exchange) {
  return UntilClose(filters_, [&](HttpFilter& f) { return f.OnUpstream(exchange); });
}

Step HttpFilterChain::OnInformational(HttpExchange& exchange, const http::Response& interim) {
  return UntilClose(filters_, [&](HttpFilter& f) { return f.OnInformational(exchange, interim); });
}

Step HttpFilterChain::OnResponse(HttpExchange& exchange) {
  return UntilClose(filters_, [&](HttpFilter& f) { return f.OnResponse(exchange); });
}

Step HttpFilterChain::OnRecheck(HttpExchange& exchange) {
  return UntilClose(filters_, [&](HttpFilter& f) { return f.OnRecheck(exchange); });
}

Step HttpFilterChain::OnBody(HttpExchange& exchange, filters::Towards towards,
                             absl::string_view bytes) {
  return UntilClose(body_filters_,
                    [&](HttpFilter& f) { return f.OnBody(exchange, towards, bytes); });
}

Step HttpFilterChain::OnMore(HttpExchange& exchange, filters::Towards towards,
                             absl::string_view bytes) {
  return UntilClose(body_filters_,
                    [&](HttpFilter& f) { return f.OnMore(exchange, towards, bytes); });
}

Step HttpFilterChain::OnBodyEnd(HttpExchange& exchange, filters::Towards towards) {
  return UntilClose(body_filters_, [&](HttpFilter& f) { return f.OnBodyEnd(exchange, towards); });
}

void HttpFilterChain::OnPeriodic(HttpExchange& exchange) {
  for (const auto& filter : filters_) filter->OnPeriodic(exchange);
}

void HttpFilterChain::OnEnd(HttpExchange& exchange) {
  for (const auto& filter : filters_) filter->OnEnd(exchange);
}

}  // namespace firebreak::proxy
