// ConnectionGuard holds a connection's facts and ends it exactly once: whoever drops the guard, and
// however, the filters' OnEnd runs, and with it the flow record is written.
#ifndef FIREBREAK_PROXY_NET_CONNECTION_GUARD_H_
#define FIREBREAK_PROXY_NET_CONNECTION_GUARD_H_

#include "filters/api/connection.h"
#include "proxy/net/filter_chain.h"

namespace firebreak::proxy {

class ConnectionGuard {
 public:
  // The chain is the worker's and outlives the guard.
  explicit ConnectionGuard(FilterChain& chain) : chain_(chain) {}
  ~ConnectionGuard() { chain_.OnEnd(connection_); }
  ConnectionGuard(const ConnectionGuard&) = delete;
  ConnectionGuard& operator=(const ConnectionGuard&) = delete;

  filters::Connection& operator*() { return connection_; }
  filters::Connection* operator->() { return &connection_; }

 private:
  FilterChain& chain_;
  filters::Connection connection_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_CONNECTION_GUARD_H_
