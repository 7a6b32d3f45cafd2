#include "config/http_config.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "base/principal_syntax.h"
#include "config/proxy.pb.h"

namespace firebreak::config {
namespace {

constexpr int kMaxRequests = 1'000'000;

// ReadCount takes 1 to kMaxRequests of a field that is there.
int ReadCount(int value, const std::string& path, const FieldChecks& checks) {
  if (value < 1 || value > kMaxRequests) {
    checks.Report(path, ErrorCode::kInvalidValue, absl::StrCat(path, " is ", value),
                  absl::StrCat("1 to ", kMaxRequests));
  }
  return value;
}

std::vector<std::string> ReadSources(const v1::RateLimit& proto, const std::string& path,
                                     const FieldChecks& checks) {
  const std::string principals = absl::StrCat(path, ".principals");
  if (checks.Contains(principals) && proto.principals().empty()) {
    checks.Report(principals, ErrorCode::kInvalidValue, absl::StrCat(principals, " is empty"),
                  "leave it out for everybody");
  }
  for (int i = 0; i < proto.principals_size(); ++i) {
    const std::string entry = absl::StrCat(principals, "[", i, "]");
    const absl::string_view wrong = WrongWithPrincipalPattern(proto.principals(i));
    if (wrong.empty()) continue;
    checks.Report(entry, ErrorCode::kInvalidValue,
                  absl::StrCat("bad principal \"", proto.principals(i), "\" in ", entry), wrong);
  }
  return {proto.principals().begin(), proto.principals().end()};
}

RateLimitConfig BuildRateLimit(const v1::RateLimit& proto, const std::string& path,
                               const FieldChecks& checks) {
  RateLimitConfig limit;
  limit.principals = ReadSources(proto, path, checks);
  if (proto.has_requests_per_second()) {
    limit.requests_per_second =
        ReadCount(proto.requests_per_second(), path + ".requests_per_second", checks);
    limit.burst = *limit.requests_per_second;
  }
  if (proto.has_burst()) limit.burst = ReadCount(proto.burst(), path + ".burst", checks);
  if (proto.has_burst() && !proto.has_requests_per_second()) {
    checks.Report(path + ".burst", ErrorCode::kConflict,
                  absl::StrCat("burst without requests_per_second in ", path),
                  "say how many requests a second come after the burst");
  }
  if (proto.has_concurrent()) {
    limit.concurrent = ReadCount(proto.concurrent(), path + ".concurrent", checks);
  }
  if (!proto.has_requests_per_second() && !proto.has_burst() && !proto.has_concurrent()) {
    checks.Report(path, ErrorCode::kRequiredField, absl::StrCat(path, " limits nothing"),
                  "add `requests_per_second`, `concurrent` or both");
  }
  return limit;
}

}  // namespace

HttpConfig BuildHttp(const v1::Proxy& proxy, const FieldChecks& checks) {
  constexpr int kMaxHops = 16;
  const int hops = proxy.http().trusted_hops();
  if (hops < 0 || hops > kMaxHops) {
    checks.Report("http.trusted_hops", ErrorCode::kInvalidValue,
                  absl::StrCat("http.trusted_hops is ", hops), absl::StrCat("0 to ", kMaxHops));
  }
  return {.allow_escaped_slash = proxy.http().allow_escaped_slash(),
          .allow_path_parameters = proxy.http().allow_path_parameters(),
          .allow_non_ascii_paths = proxy.http().allow_non_ascii_paths(),
          .trusted_hops = hops};
}

std::vector<RateLimitConfig> BuildRateLimits(const v1::Proxy& proxy, const FieldChecks& checks) {
  std::vector<RateLimitConfig> limits;
  for (int i = 0; i < proxy.rate_limits_size(); ++i) {
    const std::string path = absl::StrCat("rate_limits[", i, "]");
    limits.push_back(BuildRateLimit(proxy.rate_limits(i), path, checks));
    // The first entry decides: one behind an entry for everybody would never be asked.
    if (i > 0 && limits[static_cast<size_t>(i) - 1].principals.empty()) {
      checks.Report(path, ErrorCode::kConflict,
                    absl::StrCat(path, " comes after an entry for everybody"),
                    "put the entry without principals last");
    }
  }
  return limits;
}

}  // namespace firebreak::config
