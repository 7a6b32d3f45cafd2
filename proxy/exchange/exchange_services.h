// What the exchanges of one worker, and those of one connection, share.
#ifndef FIREBREAK_PROXY_EXCHANGE_EXCHANGE_SERVICES_H_
#define FIREBREAK_PROXY_EXCHANGE_EXCHANGE_SERVICES_H_

#include <memory>
#include <string>

#include "base/limits.h"
#include "filters/api/connection.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/exchange/open_requests.h"
#include "proxy/exchange/refusal_ids.h"
#include "proxy/http/agenda.h"
#include "proxy/http/backlog.h"
#include "proxy/http/codec.h"
#include "proxy/http/http_filter_chain.h"
#include "proxy/http/memory_budget.h"
#include "proxy/net/io.h"
#include "proxy/upstream/http_pool.h"

namespace firebreak::proxy {

// ExchangeServices are the worker's, and outlive its exchanges.
struct ExchangeServices {
  EventLoop& loop;
  Scratch& scratch;
  Agenda& agenda;
  Backlog& backlog;
  HttpPool& pool;
  HttpFilterChain& chain;
  TimeoutQueue& header_timeouts;  // a peer is slow over its headers
  TimeoutQueue& stream_timeouts;  // nothing moves on a stream
  TimeoutQueue& head_waits;       // a response's headers wait for its body
  const CodecOptions& codec;
  MemoryBudget& memory;
  const OpenRequests& open_requests;  // of all workers
  OpenRequests::Worker& own_open_requests;
  RefusalIds& refusal_ids;
};

// ExchangeContext is the downstream connection's, and outlives its exchanges.
struct ExchangeContext {
  filters::Connection& connection;
  PoolKey upstream;
  // INBOUND: what x-forwarded-client-cert says of the peer; empty when it proved nothing.
  std::string forwarded_client_cert;
  // What its requests hold goes on the share of whoever is at the other end of it.
  std::shared_ptr<MemoryShare> memory;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_EXCHANGE_SERVICES_H_
