// The configuration of firebreak-proxy as plain values, checked whole.
#ifndef FIREBREAK_CONFIG_PROXY_CONFIG_H_
#define FIREBREAK_CONFIG_PROXY_CONFIG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "base/limits.h"
#include "base/verdict.h"
#include "config/diagnostics.h"
#include "config/flow_log_config.h"
#include "config/identity_config.h"
#include "config/inspection_settings.h"
#include "config/source_map.h"

namespace firebreak::config {

// All paths in this file are resolved: a relative path of the configuration starts at the folder
// of the configuration file. A principal is a SPIFFE ID without "spiffe://".

// NodeConfig is who the sidecar speaks for.
struct NodeConfig {
  std::string name;
  std::string workload_namespace;
  std::string workload;
  std::map<std::string, std::string> labels;
};

// MtlsMode is what a listener asks for. kPermissive is inbound only.
enum class MtlsMode { kStrict, kPermissive, kDisable };

// ListenerProtocol is what a listener's connections carry; kAuto: see what they begin with.
enum class ListenerProtocol { kAuto, kTcp, kHttp1, kHttp2 };

// ListenerConfig is one address to accept on.
struct ListenerConfig {
  std::string name;
  Direction direction = Direction::kInbound;
  SocketAddress address;
  MtlsMode mtls = MtlsMode::kStrict;
  std::optional<SocketAddress> upstream;  // absent: original destination
  ListenerProtocol protocol = ListenerProtocol::kAuto;
  // Never empty on an outbound listener with an upstream and mutual TLS; otherwise empty.
  std::vector<std::string> expect_identities;
  InspectionConfig inspection;  // its own over that of the whole file
};

// DestinationConfig is a known destination of outbound listeners without an upstream.
struct DestinationConfig {
  CidrBlock address;
  std::vector<uint16_t> ports;                 // empty: all
  std::vector<std::string> expect_identities;  // never empty

  bool Covers(const SocketAddress& destination) const;
};

// OutboundConfig: passthrough is false unless the file asks for it.
struct OutboundConfig {
  bool passthrough_unknown = false;
  std::vector<DestinationConfig> destinations;  // the most specific block first
};

// AdminConfig is a loopback address or the path of a Unix socket; exactly one is set.
struct AdminConfig {
  std::optional<SocketAddress> address;
  std::string unix_path;
};

// HttpConfig: which doubtful paths are let through.
struct HttpConfig {
  bool allow_escaped_slash = false;
  bool allow_path_parameters = false;
  bool allow_non_ascii_paths = false;
  int trusted_hops = 0;  // proxies in front whose x-forwarded-for is believed
};

// RateLimitConfig bounds the requests of each source that `principals` names. At least one of
// requests_per_second and concurrent is there.
struct RateLimitConfig {
  std::vector<std::string> principals;  // patterns as in a policy; empty: everybody
  std::optional<int> requests_per_second;
  int burst = 0;  // with requests_per_second: at least 1
  std::optional<int> concurrent;
};

// QuarantineConfig is the list of those who are cut off, and whose signature on it is believed.
struct QuarantineConfig {
  std::string path;               // empty: there is no file, and from_collector is true
  std::vector<std::string> keys;  // as they are written; never empty
  std::string last_good_path;     // empty: nothing is remembered over a restart
  bool from_collector = false;    // then flow_log.collector is there
};

// ProxyConfig is everything the proxy was told. Immutable once loaded.
struct ProxyConfig {
  std::string path;  // of the configuration file
  NodeConfig node;
  std::string trust_domain;
  IdentityFilesConfig identity;
  std::vector<ListenerConfig> listeners;  // never empty
  OutboundConfig outbound;
  std::vector<std::string> policy_paths;
  std::optional<QuarantineConfig> quarantine;
  FlowLogConfig flow_log;
  std::optional<AdminConfig> admin;
  std::optional<SocketAddress> metrics;
  std::optional<SocketAddress> health;
  Limits limits;
  HttpConfig http;
  PacksConfig packs;
  std::vector<RateLimitConfig> rate_limits;  // the first that names a source is its limit
  std::optional<int> concurrency;            // absent: choose from the CPU quota
  // Where its fields are in the file, for what other modules find wrong with them.
  SourceMap source;
};

// LoadProxyConfig reads and checks the file at path; nullopt after reporting every error found.
// It opens no other file: whether certificates, keys and policies load is their modules' to say.
std::optional<ProxyConfig> LoadProxyConfig(const std::string& path, Diagnostics* diagnostics);

// ParseProxyConfig is LoadProxyConfig for text already read; path names it in messages and gives
// the folder that relative paths start at.
std::optional<ProxyConfig> ParseProxyConfig(const std::string& path, absl::string_view text,
                                            Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_PROXY_CONFIG_H_
