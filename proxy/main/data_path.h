// DataPath is everything that the connections of one worker pass through, wired together. What
// drives it, a thread and its listeners, is the Worker's.
#ifndef FIREBREAK_PROXY_MAIN_DATA_PATH_H_
#define FIREBREAK_PROXY_MAIN_DATA_PATH_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "config/proxy_config.h"
#include "filters/inspect/inspection_plan.h"
#include "filters/inspect/inspection_stats.h"
#include "filters/inspect/live_inspection.h"
#include "filters/stats/stats_filter.h"
#include "filters/stats/stats_http_filter.h"
#include "flows/ring.h"
#include "policy/authorizer.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/report_queue.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/exchange/exchange_services.h"
#include "proxy/exchange/open_requests.h"
#include "proxy/http/agenda.h"
#include "proxy/http/backlog.h"
#include "proxy/http/codec.h"
#include "proxy/http/http_filter_chain.h"
#include "proxy/http/memory_budget.h"
#include "proxy/main/builtin_filters.h"
#include "proxy/net/filter_chain.h"
#include "proxy/net/io.h"
#include "proxy/tcp/complaints.h"
#include "proxy/tcp/flow_ids.h"
#include "proxy/tcp/session_list.h"
#include "proxy/tcp/session_services.h"
#include "proxy/tls/tls_engine.h"
#include "proxy/upstream/http_pool.h"
#include "proxy/upstream/routes.h"

namespace firebreak::proxy {

// WorkerOptions: what all workers share, and this one's share of it. Referents outlive the worker.
struct WorkerOptions {
  const config::ProxyConfig& config;
  std::shared_ptr<const Routes> routes;
  int workers = 1;  // how many there are, this one included
  flows::Ring* ring = nullptr;
  // By listener, null where nothing is learned.
  std::vector<inspect::ObservationQueue*> observations = {};
  int64_t max_connections = 0;
  int64_t max_handshakes = 0;
  int64_t max_held_bytes = 0;
  int64_t max_tarpits = 0;
  std::shared_ptr<const filters::InspectionPlan> inspection = nullptr;  // null: none
  const Clock& clock = Clock::Real();
  // Of all workers; never null.
  std::shared_ptr<OpenRequests> open_requests = std::make_shared<OpenRequests>();
};

// Members are in the order in which they refer to one another. All of it belongs to the thread that
// runs the loop.
struct DataPath {
  explicit DataPath(const WorkerOptions& options);
  // Ends the sessions that still live, as drained.
  ~DataPath();
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;

  EventLoop loop;
  Scratch scratch;
  filters::ConnectionStats stats;
  filters::RequestStats request_stats;
  filters::InspectionStats inspection_stats;
  TurnBudget turn_budget;
  policy::Authorizer authorizer;
  TlsEngine tls;
  filters::LiveInspection live;
  const FilterEnvironment filters;
  FilterChain chain;
  HttpFilterChain http_chain;
  Agenda agenda;
  Backlog backlog;
  const CodecOptions codec;
  MemoryBudget memory;
  HttpPool pool;
  TimeoutQueue header_timeouts;
  TimeoutQueue stream_timeouts;
  TimeoutQueue head_waits;
  FlowIds flow_ids;
  const std::shared_ptr<OpenRequests> open_requests;
  RefusalIds refusal_ids;
  ExchangeServices http;
  SessionTimeouts timeouts;
  ReportQueue reports;
  SessionCounts counts;
  Complaints complaints;
  Self self;
  SessionList sessions;
  SessionServices services;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_DATA_PATH_H_
