// FilterChain runs a worker's filters, in order, over its connections.
#ifndef FIREBREAK_PROXY_NET_FILTER_CHAIN_H_
#define FIREBREAK_PROXY_NET_FILTER_CHAIN_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "filters/api/connection_filter.h"

namespace firebreak::proxy {

// Each On... runs the filters until one closes. OnPeriodic and OnEnd run them all.
class FilterChain {
 public:
  explicit FilterChain(std::vector<std::unique_ptr<filters::ConnectionFilter>> filters);

  filters::Step OnConnect(filters::Connection& connection);
  filters::Step OnProtocol(filters::Connection& connection);
  filters::Step OnEstablished(filters::Connection& connection);
  filters::Step OnRecheck(filters::Connection& connection);
  void OnPeriodic(filters::Connection& connection);
  void OnEnd(filters::Connection& connection);

  filters::Step OnBytes(filters::Connection& connection, filters::Towards towards,
                        absl::string_view bytes) {
    if (byte_filters_.empty()) return filters::Step::kContinue;
    return RunOnBytes(connection, towards, bytes);
  }

 private:
  filters::Step RunOnBytes(filters::Connection& connection, filters::Towards towards,
                           absl::string_view bytes);

  std::vector<std::unique_ptr<filters::ConnectionFilter>> filters_;
  std::vector<filters::ConnectionFilter*> byte_filters_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_FILTER_CHAIN_H_
