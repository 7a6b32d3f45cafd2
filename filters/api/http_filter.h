// HttpFilter is one step in the decision about a request, its response and their bodies.
#ifndef FIREBREAK_FILTERS_API_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_API_HTTP_FILTER_H_

#include <memory>
#include <utility>

#include "absl/strings/string_view.h"

#include "filters/api/connection_filter.h"
#include "filters/api/http_exchange.h"

namespace firebreak::filters {

// A filter object serves every exchange of one worker, on that worker's thread; what it keeps of
// one exchange lives in its FilterState. The calls for an exchange come in this order: OnRequest,
// OnUpstream, then bodies, OnInformational and OnResponse as they come, any number of OnRecheck and
// OnPeriodic, and always exactly one OnEnd. Step::kClose refuses the exchange; the filter has said
// why with HttpExchange::Refuse.
class HttpFilter {
 public:
  virtual ~HttpFilter() = default;

  // NewState is asked for at the start of each exchange; null when the filter keeps nothing, or
  // makes its state later, with SetState.
  virtual std::unique_ptr<FilterState> NewState(HttpExchange& /*exchange*/) { return nullptr; }

  // OnRequest: the headers are there, and canonical; nothing was sent to an upstream.
  virtual Step OnRequest(HttpExchange& /*exchange*/) { return Step::kContinue; }
  // OnUpstream: the upstream is open and upstream_peer is who it proved to be; the request has not
  // been sent.
  virtual Step OnUpstream(HttpExchange& /*exchange*/) { return Step::kContinue; }
  // OnInformational: an interim response (1xx, but for 101) is about to be passed on.
  virtual Step OnInformational(HttpExchange& /*exchange*/, const http::Response& /*interim*/) {
    return Step::kContinue;
  }
  // OnResponse: the final response's headers are there. kLater: what comes next may have it
  // refused, so they had better wait for that; they do for as long as it is likely to be on its
  // way.
  virtual Step OnResponse(HttpExchange& /*exchange*/) { return Step::kContinue; }
  // WantsBodies is asked once, when the chain is built.
  virtual bool WantsBodies() const { return false; }
  // OnBody sees body bytes, or those of an upgraded connection, before they are passed on, in
  // pieces of any size. kLater: the filter is not through with them. They are kept, nothing more of
  // this direction is read, and OnMore is called in later turns, with the same bytes and until it
  // no longer says kLater either; it is called for every filter, also for those that are through.
  virtual Step OnBody(HttpExchange& /*exchange*/, Towards /*towards*/,
                      absl::string_view /*bytes*/) {
    return Step::kContinue;
  }
  virtual Step OnMore(HttpExchange& /*exchange*/, Towards /*towards*/,
                      absl::string_view /*bytes*/) {
    return Step::kContinue;
  }
  // OnBodyEnd: that was the last of it.
  virtual Step OnBodyEnd(HttpExchange& /*exchange*/, Towards /*towards*/) {
    return Step::kContinue;
  }
  // OnRecheck: the policy or trust changed under a live exchange.
  virtual Step OnRecheck(HttpExchange& /*exchange*/) { return Step::kContinue; }
  // OnPeriodic: the exchange lives on, and has for a while; called along with its connection's.
  virtual void OnPeriodic(HttpExchange& /*exchange*/) {}
  // OnEnd: the exchange is over and its record complete.
  virtual void OnEnd(HttpExchange& /*exchange*/) {}

  // Where this filter's state is in HttpExchange::states; set by the chain.
  void set_slot(size_t slot) { slot_ = slot; }

 protected:
  // The filter's own state of the exchange; null when there is none.
  FilterState* StateOf(HttpExchange& exchange) const { return exchange.states[slot_].get(); }
  void SetState(HttpExchange& exchange, std::unique_ptr<FilterState> state) const {
    exchange.states[slot_] = std::move(state);
  }

 private:
  size_t slot_ = 0;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_API_HTTP_FILTER_H_
