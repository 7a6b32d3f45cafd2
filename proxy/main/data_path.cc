#include "proxy/main/data_path.h"

#include <chrono>

#include "proxy/event/process.h"

namespace firebreak::proxy {
namespace {

// A server that has announced how long its body is has it at hand.
constexpr std::chrono::milliseconds kHeadWait{50};

CodecOptions CodecOptionsOf(const config::ProxyConfig& config) {
  const Limits& limits = config.limits;
  return {.paths = {.allow_escaped_slash = config.http.allow_escaped_slash,
                    .allow_parameters = config.http.allow_path_parameters,
                    .allow_non_ascii = config.http.allow_non_ascii_paths},
          .max_header_bytes = limits.max_header_bytes,
          .max_header_fields = limits.max_header_fields,
          .max_streams = limits.max_streams,
          .stream_window_bytes = limits.stream_window_bytes};
}

filters::BaselinePorts PortsOf(const WorkerOptions& options) {
  filters::BaselinePorts ports(options.config.listeners.size());
  for (size_t i = 0; i < options.observations.size(); ++i) {
    ports.at(i) = filters::BaselinePort(options.observations[i]);
  }
  return ports;
}

}  // namespace

DataPath::DataPath(const WorkerOptions& options)
    : loop(options.clock),
      authorizer(nullptr, RandomSeed()),
      tls(scratch, options.config.limits, options.clock),
      live{.baselines = PortsOf(options)},
      filters{.config = options.config,
              .workers = options.workers,
              .authorizer = authorizer,
              .stats = stats,
              .request_stats = request_stats,
              .inspection_stats = inspection_stats,
              .inspection = options.inspection,
              .live = live,
              .turn_budget = turn_budget,
              .ring = options.ring,
              .open_records = options.config.flow_log.file.has_value() &&
                              options.config.flow_log.file->open_records,
              .clock = options.clock},
      chain(BuiltinFilters(filters)),
      http_chain(BuiltinHttpFilters(filters)),
      agenda(loop),
      backlog(loop, agenda, turn_budget),
      codec(CodecOptionsOf(options.config)),
      memory(static_cast<size_t>(options.max_held_bytes)),
      pool({.loop = loop,
            .scratch = scratch,
            .tls = tls,
            .agenda = agenda,
            .limits = options.config.limits,
            .codec = codec}),
      header_timeouts(loop,
                      std::chrono::milliseconds(options.config.limits.http_header_timeout_ms)),
      stream_timeouts(loop,
                      std::chrono::milliseconds(options.config.limits.stream_idle_timeout_ms)),
      head_waits(loop, kHeadWait),
      flow_ids(RandomSeed()),
      open_requests(options.open_requests),
      refusal_ids(RandomSeed()),
      http{.loop = loop,
           .scratch = scratch,
           .agenda = agenda,
           .backlog = backlog,
           .pool = pool,
           .chain = http_chain,
           .header_timeouts = header_timeouts,
           .stream_timeouts = stream_timeouts,
           .head_waits = head_waits,
           .codec = codec,
           .memory = memory,
           .open_requests = *open_requests,
           .own_open_requests = open_requests->Join(flow_ids.high()),
           .refusal_ids = refusal_ids},
      timeouts(loop, options.config.limits),
      reports(loop, std::chrono::seconds(
                        options.ring == nullptr ? 0 : options.config.flow_log.periodic_seconds)),
      counts{.max_connections = options.max_connections,
             .max_handshakes = options.max_handshakes,
             .max_tarpits = options.max_tarpits},
      sessions(loop),
      services{.loop = loop,
               .scratch = scratch,
               .tls = tls,
               .chain = chain,
               .http = http,
               .timeouts = timeouts,
               .reports = reports,
               .counts = counts,
               .sessions = sessions,
               .flow_ids = flow_ids,
               .complaints = complaints,
               .self = self,
               .limits = options.config.limits} {}

DataPath::~DataPath() {
  sessions.DrainAll();
  pool.Clear();
  loop.Bury();
}

}  // namespace firebreak::proxy
