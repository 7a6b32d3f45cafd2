#include "proxy/net/filter_chain.h"

#include <utility>

namespace firebreak::proxy {

using filters::Connection;
using filters::ConnectionFilter;
using filters::Step;

namespace {

template <typename Call>
Step UntilClose(const std::vector<std::unique_ptr<ConnectionFilter>>& filters, Call call) {
  for (const auto& filter : filters) {
    if (call(*filter) == Step::kClose) return Step::kClose;
  }
  return Step::kContinue;
}

}  // namespace

FilterChain::FilterChain(std::vector<std::unique_ptr<ConnectionFilter>> filters)
    : filters_(std::move(filters)) {
  for (size_t slot = 0; slot < filters_.size(); ++slot) {
    filters_[slot]->set_slot(slot);
    if (filters_[slot]->WantsBytes()) byte_filters_.push_back(filters_[slot].get());
  }
}

Step FilterChain::OnConnect(Connection& connection) {
  return UntilClose(filters_, [&](ConnectionFilter& f) { return f.OnConnect(connection); });
}

Step FilterChain::OnProtocol(Connection& connection) {
  return UntilClose(filters_, [&](ConnectionFilter& f) { return f.OnProtocol(connection); });
}

Step FilterChain::OnEstablished(Connection& connection) {
  return UntilClose(filters_, [&](ConnectionFilter& f) { return f.OnEstablished(connection); });
}

Step FilterChain::OnRecheck(Connection& connection) {
  return UntilClose(filters_, [&](ConnectionFilter& f) { return f.OnRecheck(connection); });
}

void FilterChain::OnPeriodic(Connection& connection) {
  for (const auto& filter : filters_) filter->OnPeriodic(connection);
}

void FilterChain::OnEnd(Connection& connection) {
  for (const auto& filter : filters_) filter->OnEnd(connection);
}

Step FilterChain::RunOnBytes(Connection& connection, filters::Towards towards,
                             absl::string_view bytes) {
  for (ConnectionFilter* filter : byte_filters_) {
    if (filter->OnBytes(connection, towards, bytes) == Step::kClose) return Step::kClose;
  }
  return Step::kContinue;
}

}  // namespace firebreak::proxy
