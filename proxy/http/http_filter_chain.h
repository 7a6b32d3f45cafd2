// HttpFilterChain runs a worker's HTTP filters, in order, over its exchanges.
#ifndef FIREBREAK_PROXY_HTTP_HTTP_FILTER_CHAIN_H_
#define FIREBREAK_PROXY_HTTP_HTTP_FILTER_CHAIN_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "filters/api/http_filter.h"

namespace firebreak::proxy {

// Begin goes first. Each On... runs the filters until one closes; kLater is the answer when at
// least one wants it. OnPeriodic and OnEnd run them all.
class HttpFilterChain {
 public:
  explicit HttpFilterChain(std::vector<std::unique_ptr<filters::HttpFilter>> filters);

  void Begin(filters::HttpExchange& exchange);
  filters::Step OnRequest(filters::HttpExchange& exchange);
  filters::Step OnUpstream(filters::HttpExchange& exchange);
  filters::Step OnInformational(filters::HttpExchange& exchange, const http::Response& interim);
  filters::Step OnResponse(filters::HttpExchange& exchange);
  filters::Step OnRecheck(filters::HttpExchange& exchange);
  filters::Step OnBody(filters::HttpExchange& exchange, filters::Towards towards,
                       absl::string_view bytes);
  filters::Step OnMore(filters::HttpExchange& exchange, filters::Towards towards,
                       absl::string_view bytes);
  filters::Step OnBodyEnd(filters::HttpExchange& exchange, filters::Towards towards);
  void OnPeriodic(filters::HttpExchange& exchange);
  void OnEnd(filters::HttpExchange& exchange);

 private:
  std::vector<std::unique_ptr<filters::HttpFilter>> filters_;
  std::vector<filters::HttpFilter*> body_filters_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_HTTP_FILTER_CHAIN_H_
