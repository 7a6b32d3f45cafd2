#include "proxy/main/flow_sinks.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/log.h"
#include "base/status.h"
#include "collector/sink/collector_sink.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "config/source_map.h"
#include "config/writable.h"
#include "flows/clickhouse_sink.h"
#include "flows/file_sink.h"
#include "flows/otlp_sink.h"
#include "flows/spool_sink.h"
#include "flows/stream_socket.h"
#include "flows/syslog_sink.h"
#include "proxy/event/process.h"
#include "proxy/grpc/als_sink.h"
#include "proxy/tls/tls_stream.h"

namespace firebreak::proxy {
namespace {

using flows::FlowSink;
using flows::NamedSink;

flows::HttpEndpoint EndpointOf(const config::FlowUrl& url) {
  return {.host = url.host, .port = url.port, .target = url.target};
}

flows::FileSync SyncOf(config::FlowSync sync) {
  switch (sync) {
    case config::FlowSync::kNever:
      return flows::FileSync::kNever;
    case config::FlowSync::kSecond:
      return flows::FileSync::kSecond;
    case config::FlowSync::kBatch:
      return flows::FileSync::kBatch;
  }
  return flows::FileSync::kNever;
}

flows::SyslogTransport TransportOf(config::FlowSyslogConfig::Transport transport) {
  using From = config::FlowSyslogConfig::Transport;
  switch (transport) {
    case From::kUdp:
      return flows::SyslogTransport::kUdp;
    case From::kTcp:
      return flows::SyslogTransport::kTcp;
    case From::kUnix:
      return flows::SyslogTransport::kUnix;
  }
  return flows::SyslogTransport::kUdp;
}

// StreamOf is what a receiver is spoken to over. Files that are no good are seen at the start
// rather than with the first batch.
absl::StatusOr<std::unique_ptr<flows::ByteStream>> StreamOf(
    const std::optional<config::FlowTlsConfig>& config, const Clock& clock, bool http2 = false) {
  if (!config.has_value()) return std::make_unique<flows::StreamSocket>(clock);
  auto stream =
      std::make_unique<TlsStream>(TlsStreamOptions{.trust_bundle = config->trust_bundle,
                                                   .server_name = config->server_name,
                                                   .certificate_chain = config->certificate_chain,
                                                   .private_key = config->private_key,
                                                   .http2 = http2},
                                  clock);
  FB_RETURN_IF_ERROR(stream->Check());
  return stream;
}

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  config::Diagnostics diagnostics;
  const auto text = config::ReadFileText(path, &diagnostics);
  if (!text.has_value()) {
    return absl::NotFoundError(absl::StrCat(path, ": ", diagnostics.items().front().message));
  }
  std::string password(absl::StripTrailingAsciiWhitespace(*text));
  // It becomes a line of a request.
  if (password.find_first_of("\r\n") == std::string::npos) return password;
  return absl::InvalidArgumentError(absl::StrCat(path, " has more than one line"));
}

// SinkMaker collects sinks until one cannot be had.
class SinkMaker {
 public:
  SinkMaker(uint64_t run, const Clock& clock) : run_(run), clock_(clock) {}

  absl::Status AddFile(const config::FlowFileConfig& config) {
    flows::FileSinkOptions options{.path = config.path,
                                   .max_bytes = static_cast<uint64_t>(config.rotate_bytes),
                                   .keep = config.keep,
                                   .sync = SyncOf(config.sync)};
    if (config.rotate_seconds > 0) options.max_age = absl::Seconds(config.rotate_seconds);
    FB_ASSIGN_OR_RETURN(auto sink, flows::FileSink::Open(std::move(options), clock_));
    sinks_.push_back({"file", std::move(sink)});
    return absl::OkStatus();
  }

  absl::Status AddStdout() {
    FB_ASSIGN_OR_RETURN(auto sink, flows::FileSink::Open({.path = "-"}, clock_));
    sinks_.push_back({"stdout", std::move(sink)});
    return absl::OkStatus();
  }

  void AddSyslog(const config::FlowSyslogConfig& config, const std::string& node) {
    const bool is_unix = config.transport == config::FlowSyslogConfig::Transport::kUnix;
    sinks_.push_back({"syslog", std::make_unique<flows::SyslogSink>(
                                    flows::SyslogOptions{
                                        .transport = TransportOf(config.transport),
                                        .host = is_unix ? config.unix_path : config.address.host,
                                        .port = config.address.port,
                                        .facility = config.facility,
                                        .hostname = node},
                                    clock_)});
  }

  absl::Status AddCollector(const config::FlowCollectorConfig& config,
                            const collector::IdentitySlot& identity, const Limits& limits) {
    FB_ASSIGN_OR_RETURN(collector::LinkTarget target, CollectorTarget(config));
    return AddSpooled(
        "collector", config.spool,
        std::make_unique<collector::CollectorSink>(std::move(target), identity, limits, clock_),
        absl::Seconds(config.linger_seconds));
  }

  absl::Status AddOtlp(const config::FlowOtlpConfig& config) {
    FB_ASSIGN_OR_RETURN(auto stream, StreamOf(config.tls, clock_));
    return AddSpooled(
        "otlp", config.spool,
        std::make_unique<flows::OtlpSink>(EndpointOf(config.endpoint), clock_, std::move(stream)));
  }

  absl::Status AddClickhouse(const config::FlowClickhouseConfig& config) {
    flows::ClickHouseOptions options{
        .endpoint = EndpointOf(config.endpoint), .table = config.table, .user = config.user};
    if (!config.password_file.empty()) {
      FB_ASSIGN_OR_RETURN(options.password, ReadPassword(config.password_file));
    }
    FB_ASSIGN_OR_RETURN(auto stream, StreamOf(config.tls, clock_));
    return AddSpooled("clickhouse", config.spool,
                      std::make_unique<flows::ClickHouseSink>(options, clock_, std::move(stream)));
  }

  absl::Status AddAls(const config::FlowAlsConfig& config) {
    FB_ASSIGN_OR_RETURN(auto stream, StreamOf(config.tls, clock_, /*http2=*/true));
    GrpcServer server{
        .host = config.endpoint.host, .port = config.endpoint.port, .tls = config.tls.has_value()};
    return AddSpooled(
        "als", config.spool,
        std::make_unique<AlsSink>(std::move(server), config.log_name, std::move(stream), clock_));
  }

  std::vector<NamedSink> Take() { return std::move(sinks_); }

 private:
  absl::Status AddSpooled(const std::string& name, const config::FlowSpoolConfig& config,
                          std::unique_ptr<FlowSink> receiver,
                          absl::Duration linger = flows::SpoolSink::kLinger) {
    flows::SpoolOptions options{.folder = config.path,
                                .max_bytes = static_cast<uint64_t>(config.max_bytes),
                                .max_age = absl::Seconds(config.max_seconds)};
    FB_ASSIGN_OR_RETURN(auto sink, flows::SpoolSink::Open(name, std::move(options), run_,
                                                          std::move(receiver), clock_, linger));
    sinks_.push_back({name, std::move(sink)});
    return absl::OkStatus();
  }

  const uint64_t run_;
  const Clock& clock_;
  std::vector<NamedSink> sinks_;
};

// SinkChecker tells of what a sink could not have.
class SinkChecker {
 public:
  SinkChecker(const config::SourceMap& source, const Clock& clock, config::Diagnostics* diagnostics)
      : source_(source), clock_(clock), diagnostics_(diagnostics) {}

  void File(const config::FlowFileConfig& file) const {
    // What these mean is open already, and may be what nobody can open, such as a socket.
    if (file.path == "-" || file.path == "/dev/stdout") return;
    Tell("flow_log.file.path", config::CheckWritableFile(file.path),
         "the sidecar makes the file, and not the folder; its user must be able to write there");
  }
  void Spool(absl::string_view sink, const config::FlowSpoolConfig& spool) const {
    Tell(absl::StrCat("flow_log.", sink, ".spool.path"), config::CheckWritableFolder(spool.path),
         "the sidecar makes this folder, and not those above it; its user must be able to write "
         "there");
  }
  void Tls(absl::string_view sink, const std::optional<config::FlowTlsConfig>& tls) const {
    Tell(absl::StrCat("flow_log.", sink, ".tls"), StreamOf(tls, clock_).status(), "");
  }
  void Password(const std::string& path) const {
    if (path.empty()) return;
    Tell("flow_log.clickhouse.password_file", ReadPassword(path).status(), "");
  }

 private:
  void Tell(absl::string_view field, const absl::Status& status, absl::string_view help) const {
    if (status.ok()) return;
    source_.Report(field, config::ErrorCode::kFileUnreadable,
                   absl::StrCat(field, ": ", status.message()), help, diagnostics_);
  }

  const config::SourceMap& source_;
  const Clock& clock_;
  config::Diagnostics* diagnostics_;
};

// LastLineOf finds what the chain goes on from. A file that cannot be read back is no reason not to
// write: the chain begins anew, which whoever checks it sees.
std::string LastLineOf(const config::FlowLogConfig& config) {
  if (!config.file.has_value()) return "";
  auto line = flows::LastLine(config.file->path);
  if (line.ok()) return *std::move(line);
  FB_LOG(kWarning, "the chain of the flow log begins anew: ", line.status().message());
  return "";
}

}  // namespace

absl::StatusOr<collector::LinkTarget> CollectorTarget(const config::FlowCollectorConfig& config) {
  collector::LinkTarget target{.host = config.address.host, .port = config.address.port};
  for (const std::string& principal : config.expect_identities) {
    FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(principal));
    target.expected.push_back(std::move(id));
  }
  return target;
}

void CheckFlowLog(const config::ProxyConfig& config, const Clock& clock,
                  config::Diagnostics* diagnostics) {
  const config::FlowLogConfig& log = config.flow_log;
  const SinkChecker check(config.source, clock, diagnostics);
  if (log.file.has_value()) check.File(*log.file);
  if (log.collector.has_value()) check.Spool("collector", log.collector->spool);
  if (log.otlp.has_value()) {
    check.Spool("otlp", log.otlp->spool);
    check.Tls("otlp", log.otlp->tls);
  }
  if (log.clickhouse.has_value()) {
    check.Spool("clickhouse", log.clickhouse->spool);
    check.Password(log.clickhouse->password_file);
    check.Tls("clickhouse", log.clickhouse->tls);
  }
  if (log.als.has_value()) {
    check.Spool("als", log.als->spool);
    check.Tls("als", log.als->tls);
  }
}

absl::StatusOr<std::unique_ptr<flows::FlowLog>> MakeFlowLog(const config::ProxyConfig& config,
                                                            const FlowLogIdentity& identity,
                                                            const Clock& clock) {
  const config::FlowLogConfig& log = config.flow_log;
  const uint64_t run = RandomSeed();
  // Before the file is opened, which closes a line that was cut short.
  const std::string last_line = LastLineOf(log);
  SinkMaker sinks(run, clock);
  if (log.file.has_value()) FB_RETURN_IF_ERROR(sinks.AddFile(*log.file));
  if (log.to_stdout) FB_RETURN_IF_ERROR(sinks.AddStdout());
  if (log.syslog.has_value()) sinks.AddSyslog(*log.syslog, config.node.name);
  if (log.collector.has_value()) {
    FB_RETURN_IF_ERROR(sinks.AddCollector(*log.collector, identity.slot, config.limits));
  }
  if (log.otlp.has_value()) FB_RETURN_IF_ERROR(sinks.AddOtlp(*log.otlp));
  if (log.clickhouse.has_value()) FB_RETURN_IF_ERROR(sinks.AddClickhouse(*log.clickhouse));
  if (log.als.has_value()) FB_RETURN_IF_ERROR(sinks.AddAls(*log.als));

  flows::FlowLogOptions options{
      .chain = {.reporter = {.node = config.node.name,
                             .namespace_name = config.node.workload_namespace,
                             .workload = config.node.workload,
                             .principal = identity.principal,
                             .run_id = absl::StrFormat("%016x", run)},
                .seal = HeadSigner::SealOf(identity.signer),
                .shown_paths = log.shown_paths,
                .last_line = last_line,
                .head_records = static_cast<uint64_t>(log.head_records),
                .head_interval = absl::Milliseconds(log.head_ms)},
      .sinks = sinks.Take(),
      .sink_queue_bytes = static_cast<size_t>(log.queue_bytes),
      .sample_one_in = static_cast<uint64_t>(log.sample_one_in),
      .rollup_edges = static_cast<size_t>(log.rollup_edges)};
  return std::make_unique<flows::FlowLog>(std::move(options), clock);
}

}  // namespace firebreak::proxy
