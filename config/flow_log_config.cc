#include "config/flow_log_config.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/field_checks.h"
#include "config/flow_log.pb.h"
#include "config/proxy_config.h"

namespace firebreak::config {
namespace {

constexpr size_t kMaxUnixPath = 107;  // sockaddr_un.sun_path, less the NUL at its end
constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;
constexpr uint16_t kSyslogPort = 514;
constexpr uint16_t kCollectorPort = 4317;
constexpr int kMaxKeep = 1'000;
constexpr int kMaxFacility = 23;
constexpr int kMaxSampling = 1'000'000;
constexpr int kMaxPeriodicSeconds = 86'400;
constexpr int kMaxRollupEdges = 100'000;
constexpr int kDefaultRollupEdges = 1'000;
constexpr int kMaxHeadRecords = 1'000'000;
constexpr int kMinHeadMs = 100;
constexpr int kDayMs = 86'400'000;
constexpr int64_t kMinQueueBytes = 65'536;
constexpr int64_t kMaxQueueBytes = int64_t{1} << 30;
constexpr int64_t kMinRotateBytes = 65'536;
constexpr int64_t kMaxSeconds = 31'536'000;
constexpr int64_t kMinSpoolBytes = int64_t{1} << 20;
constexpr int64_t kMaxSpoolBytes = int64_t{1} << 40;
constexpr int64_t kMaxLingerSeconds = 60;
constexpr int64_t kMinSpoolSeconds = 60;

// IsPlain: nothing that would end a line of a request, or need escaping in one.
bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
}

bool IsTableName(absl::string_view name) {
  const auto is_word = [](absl::string_view word) {
    return !word.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(word[0])) &&
           std::all_of(word.begin(), word.end(), [](char c) {
             return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
           });
  };
  const size_t dot = name.find('.');
  if (dot == absl::string_view::npos) return is_word(name);
  return is_word(name.substr(0, dot)) && is_word(name.substr(dot + 1));
}

FlowSync SyncOf(v1::FlowFile::Sync sync) {
  if (sync == v1::FlowFile::SECOND) return FlowSync::kSecond;
  return sync == v1::FlowFile::BATCH ? FlowSync::kBatch : FlowSync::kNever;
}

FlowFileConfig BuildFile(const v1::FlowFile& proto, const IdentityFilesConfig& identity,
                         const FieldChecks& checks) {
  const std::string path = "flow_log.file";
  FlowFileConfig file;
  file.path = checks.RequiredPath(path + ".path", proto.path());
  file.open_records = proto.open_records();
  file.sync = SyncOf(proto.sync());
  if (checks.Contains(path + ".rotate_bytes")) {
    file.rotate_bytes = checks.InRange(path + ".rotate_bytes", proto.rotate_bytes(),
                                       kMinRotateBytes, kMaxSpoolBytes);
  }
  if (checks.Contains(path + ".rotate_seconds")) {
    file.rotate_seconds =
        checks.InRange(path + ".rotate_seconds", proto.rotate_seconds(), 1, kMaxSeconds);
  }
  if (proto.has_keep()) {
    file.keep = checks.InRange(path + ".keep", proto.keep(), 0, kMaxKeep);
  }
  const bool is_identity = file.path == identity.private_key ||
                           file.path == identity.certificate_chain ||
                           file.path == identity.trust_bundle || file.path == identity.crl;
  if (!file.path.empty() && is_identity) {
    checks.Report(path + ".path", ErrorCode::kConflict,
                  "flow records would be written into a file of the identity");
  }
  return file;
}

FlowSpoolConfig BuildSpool(const v1::FlowSpool& proto, const std::string& path,
                           const FieldChecks& checks) {
  FlowSpoolConfig spool;
  spool.path = checks.RequiredPath(path + ".path", proto.path());
  if (proto.has_max_bytes()) {
    spool.max_bytes =
        checks.InRange(path + ".max_bytes", proto.max_bytes(), kMinSpoolBytes, kMaxSpoolBytes);
  }
  if (proto.has_max_seconds()) {
    spool.max_seconds =
        checks.InRange(path + ".max_seconds", proto.max_seconds(), kMinSpoolSeconds, kMaxSeconds);
  }
  return spool;
}

bool IsHttps(const std::string& url) { return absl::StartsWith(url, "https://"); }

FlowUrl BuildEndpoint(const std::string& value, const std::string& path,
                      const FieldChecks& checks) {
  if (!checks.Required(path, value)) return {};
  auto url = IsHttps(value) ? ParseFlowUrl(value, "https://", kHttpsPort)
                            : ParseFlowUrl(value, "http://", kHttpPort);
  if (url.has_value()) return *std::move(url);
  checks.Report(path, ErrorCode::kInvalidValue, absl::StrCat("bad URL in ", path),
                "http://HOST:PORT/PATH or https://HOST:PORT/PATH");
  return {};
}

// BuildTls: whom to trust is never guessed, and nobody is told that what goes in clear text is
// protected.
std::optional<FlowTlsConfig> BuildTls(const v1::FlowTls& proto, const FlowUrl& endpoint, bool https,
                                      const std::string& path, const FieldChecks& checks) {
  if (!https) {
    if (checks.Contains(path)) {
      checks.Report(path, ErrorCode::kConflict,
                    absl::StrCat(path, " with an endpoint in clear text"), "an https:// endpoint");
    }
    return std::nullopt;
  }
  FlowTlsConfig tls{
      .trust_bundle = checks.RequiredPath(path + ".trust_bundle", proto.trust_bundle()),
      .server_name = proto.server_name().empty() ? endpoint.host : proto.server_name(),
      .certificate_chain = checks.Resolve(proto.certificate_chain()),
      .private_key = checks.Resolve(proto.private_key())};
  if (tls.certificate_chain.empty() != tls.private_key.empty()) {
    checks.Report(path, ErrorCode::kConflict,
                  absl::StrCat("certificate_chain and private_key of ", path, " go together"));
  }
  return tls;
}

FlowCollectorConfig BuildCollector(const v1::FlowCollector& proto, const FieldChecks& checks) {
  const std::string path = "flow_log.collector";
  FlowCollectorConfig collector;
  collector.spool = BuildSpool(proto.spool(), path + ".spool", checks);
  if (proto.has_linger_seconds()) {
    collector.linger_seconds =
        checks.InRange(path + ".linger_seconds", proto.linger_seconds(), 1, kMaxLingerSeconds);
  }
  const std::string identities = path + ".expect_identities";
  if (proto.expect_identities().empty()) checks.Required(identities, "");
  collector.expect_identities = checks.Principals(
      identities, {proto.expect_identities().begin(), proto.expect_identities().end()});
  if (!checks.Required(path + ".address", proto.address())) return collector;
  auto address = ParseFlowUrl(proto.address(), "", kCollectorPort);
  if (address.has_value() && address->target == "/") {
    collector.address = *std::move(address);
  } else {
    checks.Report(path + ".address", ErrorCode::kInvalidValue,
                  absl::StrCat("bad address in ", path, ".address"), "HOST:PORT");
  }
  return collector;
}

FlowOtlpConfig BuildOtlp(const v1::FlowOtlp& proto, const FieldChecks& checks) {
  const std::string path = "flow_log.otlp";
  FlowOtlpConfig otlp{.endpoint = BuildEndpoint(proto.endpoint(), path + ".endpoint", checks),
                      .spool = BuildSpool(proto.spool(), path + ".spool", checks),
                      .tls = {}};
  otlp.tls = BuildTls(proto.tls(), otlp.endpoint, IsHttps(proto.endpoint()), path + ".tls", checks);
  return otlp;
}

FlowClickhouseConfig BuildClickhouse(const v1::FlowClickhouse& proto, const FieldChecks& checks) {
  const std::string path = "flow_log.clickhouse";
  FlowClickhouseConfig clickhouse{
      .endpoint = BuildEndpoint(proto.endpoint(), path + ".endpoint", checks),
      .table = proto.table(),
      .spool = BuildSpool(proto.spool(), path + ".spool", checks),
      .user = proto.user(),
      .password_file = checks.Resolve(proto.password_file()),
      .tls = {}};
  clickhouse.tls =
      BuildTls(proto.tls(), clickhouse.endpoint, IsHttps(proto.endpoint()), path + ".tls", checks);
  if (checks.Required(path + ".table", proto.table()) && !IsTableName(proto.table())) {
    checks.Report(path + ".table", ErrorCode::kInvalidValue,
                  absl::StrCat("bad table name in ", path, ".table"),
                  "letters, digits and underscores, and one dot behind a database");
  }
  if (!IsPlain(proto.user())) {
    checks.Report(path + ".user", ErrorCode::kInvalidValue,
                  absl::StrCat("bad name in ", path, ".user"));
  }
  if (!proto.password_file().empty() && proto.user().empty()) {
    checks.Report(path + ".password_file", ErrorCode::kConflict,
                  "password_file without user in flow_log.clickhouse");
  }
  return clickhouse;
}

FlowAlsConfig BuildAls(const v1::FlowAls& proto, const FieldChecks& checks) {
  const std::string path = "flow_log.als";
  FlowAlsConfig als{.endpoint = BuildEndpoint(proto.endpoint(), path + ".endpoint", checks),
                    .log_name = proto.log_name().empty() ? "firebreak" : proto.log_name(),
                    .spool = BuildSpool(proto.spool(), path + ".spool", checks),
                    .tls = {}};
  // The path is that of the method.
  if (!als.endpoint.host.empty() && als.endpoint.target != "/") {
    checks.Report(path + ".endpoint", ErrorCode::kInvalidValue,
                  absl::StrCat("a path in ", path, ".endpoint"), "http://HOST:PORT");
  }
  als.tls = BuildTls(proto.tls(), als.endpoint, IsHttps(proto.endpoint()), path + ".tls", checks);
  return als;
}

FlowSyslogConfig BuildSyslog(const v1::FlowSyslog& proto, const FieldChecks& checks) {
  using Transport = FlowSyslogConfig::Transport;
  const std::string path = "flow_log.syslog.address";
  FlowSyslogConfig syslog;
  if (proto.has_facility()) {
    syslog.facility = checks.InRange("flow_log.syslog.facility", proto.facility(), 0, kMaxFacility);
  }
  if (!checks.Required(path, proto.address())) return syslog;
  absl::string_view value = proto.address();
  if (absl::ConsumePrefix(&value, "unix:")) {
    syslog.transport = Transport::kUnix;
    syslog.unix_path = std::string(value);
    if (!value.empty() && value[0] == '/' && value.size() <= kMaxUnixPath) return syslog;
  } else {
    const bool tcp = value.substr(0, 6) == "tcp://";
    syslog.transport = tcp ? Transport::kTcp : Transport::kUdp;
    const auto address = ParseFlowUrl(proto.address(), tcp ? "tcp://" : "udp://", kSyslogPort);
    if (address.has_value() && address->target == "/") {
      syslog.address = *address;
      return syslog;
    }
  }
  checks.Report(path, ErrorCode::kInvalidValue, absl::StrCat("bad address in ", path),
                "udp://HOST:PORT, tcp://HOST:PORT or unix:/PATH");
  return syslog;
}

std::vector<std::string> ShownPaths(const v1::FlowLog& proto, const FieldChecks& checks) {
  std::vector<std::string> paths;
  for (const std::string& path : proto.show_paths()) {
    if (!absl::StartsWith(path, "/") || path.find_first_of("*{}?#%") != std::string::npos) {
      checks.Report(absl::StrCat("flow_log.show_paths[", paths.size(), "]"),
                    ErrorCode::kInvalidValue,
                    absl::StrCat("\"", path, "\" is no path such as \"/v1/orders\""),
                    "a path is shown with all that is below it, and has no patterns");
    }
    paths.push_back(path);
  }
  return paths;
}

// CheckSpools: two sinks with one folder would deliver each other's lines.
void CheckSpools(const FlowLogConfig& config, const FieldChecks& checks) {
  std::vector<std::pair<std::string, std::string>> folders;  // of which sink
  const auto check = [&](const std::string& sink, const FlowSpoolConfig& spool) {
    if (spool.path.empty()) return;
    for (const auto& [folder, other] : folders) {
      if (folder != spool.path) continue;
      checks.Report(
          absl::StrCat("flow_log.", sink, ".spool.path"), ErrorCode::kConflict,
          absl::StrCat("flow_log.", sink, ".spool.path is that of flow_log.", other, " too"),
          "each sink has a folder of its own");
    }
    folders.emplace_back(spool.path, sink);
  };
  if (config.collector.has_value()) check("collector", config.collector->spool);
  if (config.otlp.has_value()) check("otlp", config.otlp->spool);
  if (config.clickhouse.has_value()) check("clickhouse", config.clickhouse->spool);
  if (config.als.has_value()) check("als", config.als->spool);
}

}  // namespace

std::optional<FlowUrl> ParseFlowUrl(const std::string& text, const std::string& scheme,
                                    uint16_t default_port) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, scheme) || !IsPlain(rest)) return std::nullopt;
  const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  absl::string_view authority = rest.substr(0, slash);
  absl::string_view target = rest.substr(slash);
  if (!target.empty() && target[0] != '/') return std::nullopt;
  if (target.find('#') != absl::string_view::npos) return std::nullopt;
  FlowUrl url{.port = default_port, .target = target.empty() ? "/" : std::string(target)};
  if (absl::ConsumePrefix(&authority, "[")) {
    const size_t end = authority.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    url.host = std::string(authority.substr(0, end));
    authority.remove_prefix(end + 1);
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    url.host = std::string(authority.substr(0, colon));
    authority.remove_prefix(colon);
  }
  const bool good_host =
      !url.host.empty() && std::all_of(url.host.begin(), url.host.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ||
               c == '_' || c == ':';
      });
  if (!good_host) return std::nullopt;
  if (authority.empty()) return url;
  uint32_t port = 0;
  if (!absl::ConsumePrefix(&authority, ":") || !absl::SimpleAtoi(authority, &port) || port == 0 ||
      port > 65'535) {
    return std::nullopt;
  }
  url.port = static_cast<uint16_t>(port);
  return url;
}

FlowLogConfig BuildFlowLog(const v1::FlowLog& proto, const IdentityFilesConfig& identity,
                           const FieldChecks& checks) {
  FlowLogConfig config;
  config.to_stdout = proto.standard_output();
  if (proto.has_file()) config.file = BuildFile(proto.file(), identity, checks);
  if (proto.has_collector()) config.collector = BuildCollector(proto.collector(), checks);
  if (proto.has_otlp()) config.otlp = BuildOtlp(proto.otlp(), checks);
  if (proto.has_clickhouse()) config.clickhouse = BuildClickhouse(proto.clickhouse(), checks);
  if (proto.has_als()) config.als = BuildAls(proto.als(), checks);
  if (proto.has_syslog()) config.syslog = BuildSyslog(proto.syslog(), checks);
  if (proto.has_sample_one_in()) {
    config.sample_one_in =
        checks.InRange("flow_log.sample_one_in", proto.sample_one_in(), 1, kMaxSampling);
  }
  if (proto.has_periodic_interval()) {
    config.periodic_seconds = checks.InRange("flow_log.periodic_interval",
                                             proto.periodic_interval(), 0, kMaxPeriodicSeconds);
  }
  if (proto.has_rollups()) config.rollup_edges = kDefaultRollupEdges;
  if (proto.rollups().has_max_edges()) {
    config.rollup_edges = checks.InRange("flow_log.rollups.max_edges", proto.rollups().max_edges(),
                                         1, kMaxRollupEdges);
  }
  if (proto.heads().has_records()) {
    config.head_records =
        checks.InRange("flow_log.heads.records", proto.heads().records(), 1, kMaxHeadRecords);
  }
  if (proto.heads().has_milliseconds()) {
    config.head_ms = checks.InRange("flow_log.heads.milliseconds", proto.heads().milliseconds(),
                                    kMinHeadMs, kDayMs);
  }
  if (proto.has_queue_bytes()) {
    config.queue_bytes =
        checks.InRange("flow_log.queue_bytes", proto.queue_bytes(), kMinQueueBytes, kMaxQueueBytes);
  }
  config.shown_paths = ShownPaths(proto, checks);
  CheckSpools(config, checks);
  return config;
}

}  // namespace firebreak::config
