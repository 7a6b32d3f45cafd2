// SessionServices is what the sessions of one worker share.
#ifndef FIREBREAK_PROXY_TCP_SESSION_SERVICES_H_
#define FIREBREAK_PROXY_TCP_SESSION_SERVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/verdict.h"
#include "certs/spiffe_id.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/report_queue.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/exchange/exchange_services.h"
#include "proxy/net/filter_chain.h"
#include "proxy/net/io.h"
#include "proxy/tcp/complaints.h"
#include "proxy/tcp/flow_ids.h"
#include "proxy/tls/tls_engine.h"
#include "proxy/upstream/routes.h"

namespace firebreak::proxy {

// Self is who this sidecar is, for records and decisions; both null before the first SVID.
struct Self {
  std::shared_ptr<const certs::SpiffeId> id;
  SharedString principal;
};

// Timeouts of one worker, one queue a kind.
struct SessionTimeouts {
  SessionTimeouts(EventLoop& loop, const Limits& limits);

  TimeoutQueue detect;
  TimeoutQueue sniff;
  TimeoutQueue handshake;
  TimeoutQueue connect;
  TimeoutQueue idle;
  TimeoutQueue half_close;
  TimeoutQueue linger;
  TimeoutQueue tarpit;
};

// Counts of one worker's sessions, against its share of the limits.
struct SessionCounts {
  int64_t connections = 0;
  int64_t handshakes = 0;
  int64_t max_connections = 0;
  int64_t max_handshakes = 0;
  int64_t tarpits = 0;
  int64_t max_tarpits = 0;
};

class SessionList;

// Everything referred to is the worker's and outlives its sessions.
struct SessionServices {
  EventLoop& loop;
  Scratch& scratch;
  TlsEngine& tls;
  FilterChain& chain;
  ExchangeServices& http;
  SessionTimeouts& timeouts;
  ReportQueue& reports;
  SessionCounts& counts;
  SessionList& sessions;
  FlowIds& flow_ids;
  Complaints& complaints;
  const Self& self;
  const Limits& limits;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_SESSION_SERVICES_H_
