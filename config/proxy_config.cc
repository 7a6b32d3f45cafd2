#include "config/proxy_config.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/did_you_mean.h"
#include "config/field_checks.h"
#include "config/file_text.h"
#include "config/flow_log_config.h"
#include "config/http_config.h"
#include "config/identity_config.h"
#include "config/inspection_config.h"
#include "config/listener_config.h"
#include "config/proxy.pb.h"
#include "config/yaml_reader.h"

namespace firebreak::config {
namespace {

constexpr int kMaxConcurrency = 64;
// sockaddr_un.sun_path, less the NUL at its end.
constexpr size_t kMaxUnixPath = 107;

// Sorted gives the entries of a protobuf map an order, so that the same file has the same errors.
template <typename Value>
std::map<std::string, Value> Sorted(const google::protobuf::Map<std::string, Value>& entries) {
  return {entries.begin(), entries.end()};
}

NodeConfig BuildNode(const v1::Node& proto, const FieldChecks& checks) {
  NodeConfig node;
  if (checks.Contains("node.name")) node.name = checks.RequiredName("node.name", proto.name());
  node.workload_namespace = checks.RequiredName("node.namespace", proto.namespace_());
  node.workload = checks.RequiredName("node.workload", proto.workload());
  node.labels = {proto.labels().begin(), proto.labels().end()};
  return node;
}

std::vector<std::string> BuildPolicyPaths(const v1::Proxy& proxy, const FieldChecks& checks) {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (int i = 0; i < proxy.policy().paths_size(); ++i) {
    const std::string path = absl::StrCat("policy.paths[", i, "]");
    std::string resolved = checks.RequiredPath(path, proxy.policy().paths(i));
    if (!resolved.empty() && !seen.insert(resolved).second) {
      checks.Report(path, ErrorCode::kConflict,
                    absl::StrCat("\"", proxy.policy().paths(i), "\" is in policy.paths twice"));
    }
    paths.push_back(std::move(resolved));
  }
  return paths;
}

std::optional<QuarantineConfig> BuildQuarantine(const v1::Proxy& proxy, const FieldChecks& checks) {
  constexpr int kMaxKeys = 8;
  if (!proxy.has_quarantine()) return std::nullopt;
  const v1::Quarantine& proto = proxy.quarantine();
  if (proto.keys_size() == 0) {
    checks.Report("quarantine.keys", ErrorCode::kRequiredField, "quarantine.keys is missing",
                  "the public keys of those who may quarantine");
  }
  if (proto.keys_size() > kMaxKeys) {
    checks.Report("quarantine.keys", ErrorCode::kInvalidValue,
                  absl::StrCat("quarantine.keys has ", proto.keys_size(), " entries"),
                  absl::StrCat("at most ", kMaxKeys));
  }
  const bool has_collector = proxy.flow_log().has_collector();
  const bool from_collector = proto.has_from_collector() ? proto.from_collector() : has_collector;
  if (from_collector && !has_collector) {
    checks.Report("quarantine.from_collector", ErrorCode::kConflict,
                  "quarantine.from_collector without flow_log.collector");
  }
  QuarantineConfig quarantine{.path = from_collector
                                          ? checks.Resolve(proto.path())
                                          : checks.RequiredPath("quarantine.path", proto.path()),
                              .keys = {proto.keys().begin(), proto.keys().end()},
                              .last_good_path = checks.Resolve(proto.last_good_path()),
                              .from_collector = from_collector};
  if (!quarantine.last_good_path.empty() && quarantine.last_good_path == quarantine.path) {
    checks.Report("quarantine.last_good_path", ErrorCode::kInvalidValue,
                  "quarantine.last_good_path is the list itself",
                  "a file of the sidecar's own, which whoever writes the list cannot write");
  }
  return quarantine;
}

std::optional<AdminConfig> BuildAdmin(const v1::Proxy& proxy, const FieldChecks& checks) {
  if (!proxy.has_admin()) return std::nullopt;
  const std::string path = "admin.address";
  absl::string_view value = proxy.admin().address();
  if (!checks.Required(path, value)) return std::nullopt;
  AdminConfig admin;
  if (absl::ConsumePrefix(&value, "unix:")) {
    admin.unix_path = checks.Resolve(std::string(value));
    if (value.empty() || admin.unix_path.size() > kMaxUnixPath) {
      checks.Report(path, ErrorCode::kInvalidValue, "bad Unix socket in admin.address",
                    absl::StrCat("unix:PATH, with a path of at most ", kMaxUnixPath, " bytes"));
    }
    return admin;
  }
  admin.address = checks.Address(path, value);
  if (admin.address && !admin.address->ip().is_loopback()) {
    checks.Report(path, ErrorCode::kUnsafe,
                  absl::StrCat("admin.address ", value, " can be reached by others"),
                  "a loopback address such as 127.0.0.1:15000, or unix:PATH");
  }
  return admin;
}

Limits BuildLimits(const v1::Proxy& proxy, const FieldChecks& checks) {
  Limits limits;
  std::vector<absl::string_view> names;
  for (const LimitField& field : AllLimits()) names.push_back(field.name);
  for (const auto& [name, value] : Sorted(proxy.limits())) {
    const std::string path = absl::StrCat("limits[", name, "]");
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      checks.Report(path, ErrorCode::kUnknownLimit, absl::StrCat("unknown limit \"", name, "\""),
                    DidYouMean(name, names));
      continue;
    }
    const LimitField& field = AllLimits()[static_cast<size_t>(found - names.begin())];
    if (value < field.min || value > field.max) {
      checks.Report(path, ErrorCode::kLimitOutOfRange,
                    absl::StrCat("limit \"", name, "\" is ", value),
                    absl::StrCat(field.min, " to ", field.max));
      continue;
    }
    limits.*field.field = value;
  }
  return limits;
}

std::optional<int> BuildConcurrency(const v1::Proxy& proxy, const FieldChecks& checks) {
  if (!proxy.has_concurrency()) return std::nullopt;
  if (proxy.concurrency() < 1 || proxy.concurrency() > kMaxConcurrency) {
    checks.Report("concurrency", ErrorCode::kInvalidValue,
                  absl::StrCat("concurrency is ", proxy.concurrency()),
                  absl::StrCat("1 to ", kMaxConcurrency));
  }
  return proxy.concurrency();
}

// BoundAddress is an address this sidecar binds, and the field that says so.
struct BoundAddress {
  SocketAddress address;
  std::string path;
};

std::vector<BoundAddress> BoundAddresses(const ProxyConfig& config) {
  std::vector<BoundAddress> bound;
  for (size_t i = 0; i < config.listeners.size(); ++i) {
    bound.push_back({config.listeners[i].address, absl::StrCat("listeners[", i, "].address")});
  }
  if (config.admin && config.admin->address) {
    bound.push_back({*config.admin->address, "admin.address"});
  }
  if (config.metrics) bound.push_back({*config.metrics, "metrics.address"});
  if (config.health) bound.push_back({*config.health, "health.address"});
  return bound;
}

void CheckAddressClashes(const ProxyConfig& config, const FieldChecks& checks) {
  const std::vector<BoundAddress> bound = BoundAddresses(config);
  for (size_t i = 1; i < bound.size(); ++i) {
    const auto self = bound.begin() + static_cast<ptrdiff_t>(i);
    const auto clash = std::find_if(bound.begin(), self, [self](const BoundAddress& earlier) {
      return Clash(earlier.address, self->address);
    });
    if (clash == self) continue;
    checks.Report(
        self->path, ErrorCode::kConflict,
        absl::StrCat(self->path, " ", self->address.ToString(), " clashes with ", clash->path));
  }
}

ProxyConfig Build(const std::string& path, const v1::Proxy& proxy, const FieldChecks& checks) {
  ProxyConfig config;
  config.path = path;
  config.node = BuildNode(proxy.node(), checks);
  config.trust_domain = BuildTrustDomain(proxy.trust_domain(), checks);
  config.identity = BuildIdentity(proxy.identity(), proxy.trust_domain(), checks);
  config.outbound = BuildOutbound(proxy, checks);
  config.listeners = BuildListeners(proxy, config.outbound, checks);
  config.policy_paths = BuildPolicyPaths(proxy, checks);
  config.quarantine = BuildQuarantine(proxy, checks);
  config.flow_log = BuildFlowLog(proxy.flow_log(), config.identity, checks);
  config.admin = BuildAdmin(proxy, checks);
  if (proxy.has_metrics()) {
    config.metrics = checks.RequiredAddress("metrics.address", proxy.metrics().address());
  }
  if (proxy.has_health()) {
    config.health = checks.RequiredAddress("health.address", proxy.health().address());
  }
  config.limits = BuildLimits(proxy, checks);
  config.http = BuildHttp(proxy, checks);
  config.packs = ReadPacks(proxy.inspection(), checks);
  config.rate_limits = BuildRateLimits(proxy, checks);
  config.concurrency = BuildConcurrency(proxy, checks);
  CheckAddressClashes(config, checks);
  return config;
}

}  // namespace

bool DestinationConfig::Covers(const SocketAddress& destination) const {
  if (!address.Contains(destination.ip())) return false;
  return ports.empty() || std::find(ports.begin(), ports.end(), destination.port()) != ports.end();
}

std::optional<ProxyConfig> ParseProxyConfig(const std::string& path, absl::string_view text,
                                            Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  v1::Proxy proxy;
  SourceMap map;
  if (!ReadYaml(path, text, &proxy, &map, diagnostics)) return std::nullopt;
  ProxyConfig config = Build(path, proxy, FieldChecks(path, map, diagnostics));
  if (diagnostics->error_count() != errors_before) return std::nullopt;
  config.source = std::move(map);
  return config;
}

std::optional<ProxyConfig> LoadProxyConfig(const std::string& path, Diagnostics* diagnostics) {
  const std::optional<std::string> text = ReadFileText(path, diagnostics);
  if (!text) return std::nullopt;
  return ParseProxyConfig(path, *text, diagnostics);
}

}  // namespace firebreak::config
