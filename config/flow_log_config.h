// flow_log of the proxy configuration, checked.
#ifndef FIREBREAK_CONFIG_FLOW_LOG_CONFIG_H_
#define FIREBREAK_CONFIG_FLOW_LOG_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace firebreak::config {

namespace v1 {
class FlowLog;
}  // namespace v1

class FieldChecks;
struct IdentityFilesConfig;

enum class FlowSync : uint8_t { kNever, kSecond, kBatch };

// FlowFileConfig is the file of flow records.
struct FlowFileConfig {
  std::string path;  // "-": standard output
  bool open_records = false;
  int64_t rotate_bytes = 0;    // 0: never
  int64_t rotate_seconds = 0;  // 0: never
  int keep = 5;
  FlowSync sync = FlowSync::kNever;
};

struct FlowSpoolConfig {
  std::string path;
  int64_t max_bytes = 268'435'456;
  int64_t max_seconds = 604'800;
};

// FlowUrl is an http:// or https:// URL, or the address of a syslog receiver or a collector, taken
// apart.
struct FlowUrl {
  std::string host = {};  // without brackets
  uint16_t port = 0;
  std::string target;  // path and query; "/" when the URL has none
};

struct FlowCollectorConfig {
  FlowUrl address;
  std::vector<std::string> expect_identities;  // principals, never empty
  FlowSpoolConfig spool;
  int linger_seconds = 5;
};

// FlowTlsConfig is for receivers with an https:// URL.
struct FlowTlsConfig {
  std::string trust_bundle;
  std::string server_name;
  std::string certificate_chain;  // empty: none is shown
  std::string private_key;
};

struct FlowOtlpConfig {
  FlowUrl endpoint;
  FlowSpoolConfig spool;
  std::optional<FlowTlsConfig> tls;  // absent: clear text
};

struct FlowClickhouseConfig {
  FlowUrl endpoint;
  std::string table;
  FlowSpoolConfig spool;
  std::string user;
  std::string password_file;
  std::optional<FlowTlsConfig> tls;  // absent: clear text
};

struct FlowAlsConfig {
  FlowUrl endpoint;
  std::string log_name;
  FlowSpoolConfig spool;
  std::optional<FlowTlsConfig> tls;  // absent: clear text
};

struct FlowSyslogConfig {
  enum class Transport : uint8_t { kUdp, kTcp, kUnix };
  Transport transport = Transport::kUdp;
  FlowUrl address;        // not for kUnix
  std::string unix_path;  // for kUnix
  int facility = 16;
};

// FlowLogConfig: without a sink there is no flow log.
struct FlowLogConfig {
  std::optional<FlowFileConfig> file;
  std::optional<FlowCollectorConfig> collector;
  std::optional<FlowOtlpConfig> otlp;
  std::optional<FlowClickhouseConfig> clickhouse;
  std::optional<FlowAlsConfig> als;
  std::optional<FlowSyslogConfig> syslog;
  bool to_stdout = false;
  int sample_one_in = 1;
  int periodic_seconds = 60;  // 0: never
  int rollup_edges = 0;       // 0: no rollups
  int head_records = 1'000;
  int head_ms = 10'000;
  int64_t queue_bytes = 4'194'304;
  std::vector<std::string> shown_paths;  // with their ids

  bool HasSink() const {
    return file.has_value() || collector.has_value() || otlp.has_value() ||
           clickhouse.has_value() || als.has_value() || syslog.has_value() || to_stdout;
  }
};

FlowLogConfig BuildFlowLog(const v1::FlowLog& proto, const IdentityFilesConfig& identity,
                           const FieldChecks& checks);

// ParseFlowUrl takes "http://host:port/path", with scheme "http://" and default port as given;
// nothing when it is not of that shape. Brackets around IPv6 addresses.
std::optional<FlowUrl> ParseFlowUrl(const std::string& text, const std::string& scheme,
                                    uint16_t default_port);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_FLOW_LOG_CONFIG_H_
