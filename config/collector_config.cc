#include "config/collector_config.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/principal_syntax.h"
#include "config/collector.pb.h"
#include "config/field_checks.h"
#include "config/source_map.h"
#include "config/yaml_reader.h"

namespace firebreak::config {
namespace {

constexpr int64_t kMinStoreBytes = int64_t{1} << 20;
constexpr int64_t kMinStoreSeconds = 60;
constexpr int64_t kMaxSeconds = int64_t{100} * 365 * 86'400;
constexpr int64_t kMinFlushMs = 100;
constexpr int64_t kMaxFlushMs = 3'600'000;
constexpr int kMaxConnections = 1'000'000;

void BuildStore(const v1::CollectorStore& proto, const FieldChecks& checks,
                CollectorConfig* config) {
  config->store_path = checks.RequiredPath("store.path", proto.path());
  if (proto.has_max_bytes()) {
    config->max_bytes = checks.InRange("store.max_bytes", proto.max_bytes(), kMinStoreBytes);
  }
  if (proto.has_max_seconds()) {
    config->max_seconds =
        checks.InRange("store.max_seconds", proto.max_seconds(), kMinStoreSeconds, kMaxSeconds);
  }
  if (proto.has_flush_milliseconds()) {
    config->flush_ms = checks.InRange("store.flush_milliseconds", proto.flush_milliseconds(),
                                      kMinFlushMs, kMaxFlushMs);
  }
}

void BuildReporters(const v1::Collector& proto, const FieldChecks& checks,
                    CollectorConfig* config) {
  config->reporters = {proto.allow_reporters().begin(), proto.allow_reporters().end()};
  // A list that is there and empty would let everybody in whom somebody meant to keep out.
  if (config->reporters.empty() && checks.Contains("allow_reporters")) {
    checks.Report("allow_reporters", ErrorCode::kInvalidValue, "allow_reporters is empty",
                  "leave it out to let everybody in the trust domain report");
  }
  for (size_t i = 0; i < config->reporters.size(); ++i) {
    const absl::string_view wrong = WrongWithReporter(config->reporters[i]);
    if (wrong.empty()) continue;
    checks.Report(absl::StrCat("allow_reporters[", i, "]"), ErrorCode::kInvalidValue,
                  absl::StrCat("bad principal \"", config->reporters[i], "\""), wrong);
  }
}

CollectorConfig Build(const v1::Collector& proto, const FieldChecks& checks) {
  CollectorConfig config;
  config.trust_domain = BuildTrustDomain(proto.trust_domain(), checks);
  config.identity = BuildIdentity(proto.identity(), proto.trust_domain(), checks);
  const auto listen = checks.RequiredAddress("listen.address", proto.listen().address());
  config.listen = listen.value_or(SocketAddress());
  BuildStore(proto.store(), checks, &config);
  BuildReporters(proto, checks, &config);
  config.quarantine_list = checks.Resolve(proto.quarantine_list());
  if (proto.has_max_connections()) {
    config.max_connections =
        checks.InRange("max_connections", proto.max_connections(), 1, kMaxConnections);
  }
  if (proto.has_metrics()) {
    config.metrics = checks.RequiredAddress("metrics.address", proto.metrics().address());
  }
  if (config.metrics.has_value() && Clash(config.listen, *config.metrics)) {
    checks.Report("metrics.address", ErrorCode::kConflict,
                  absl::StrCat("metrics.address ", config.metrics->ToString(),
                               " clashes with listen.address"));
  }
  return config;
}

}  // namespace

std::optional<CollectorConfig> CollectorConfig::Parse(const std::string& path,
                                                      absl::string_view text,
                                                      Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  v1::Collector proto;
  SourceMap map;
  if (!ReadYaml(path, text, &proto, &map, diagnostics)) return std::nullopt;
  CollectorConfig config = Build(proto, FieldChecks(path, map, diagnostics));
  if (diagnostics->error_count() != errors_before) return std::nullopt;
  return config;
}

absl::string_view WrongWithReporter(absl::string_view reporter) {
  if (!absl::EndsWith(reporter, "*")) return WrongWithPrincipal(reporter);
  const absl::string_view beginning = reporter.substr(0, reporter.size() - 1);
  // A beginning need not be a principal; without a "/" it would name half a trust domain.
  if (!absl::StrContains(beginning, '/') || absl::StrContains(beginning, '*')) {
    return "use TRUST_DOMAIN/PATH*";
  }
  // What no principal begins with would shut everybody out: one more letter must make it one.
  return WrongWithPrincipal(absl::StrCat(beginning, "a"));
}

}  // namespace firebreak::config
