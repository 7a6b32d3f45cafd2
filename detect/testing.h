// For tests: calls and records of a small mesh in simulated time.
#ifndef FIREBREAK_DETECT_TESTING_H_
#define FIREBREAK_DETECT_TESTING_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "detect/call.h"
#include "detect/detector.h"
#include "detect/names.h"
#include "flows/flow.h"

namespace firebreak::detect {

// kTestStart is a Monday, 08:00 UTC.
inline constexpr int64_t kTestStartUs = int64_t{1'767'600'000} * kSecondUs;

inline std::string TestPrincipal(const std::string& service) {
  return absl::StrCat("shop.example/ns/shop/sa/", service);
}

// TestCall is what a record says about one request between services that have a pod each.
struct TestCall {
  std::string from;
  std::string to;
  int64_t at_us = 0;
  int64_t duration_us = 10'000;
  std::string path = "/v1/things";
  std::string from_pod{};  // absent: FROM-0
  std::string verdict = "FORWARDED";
  std::string reason{};
};

inline std::string TestIp(const std::string& pod) {
  uint32_t sum = 7;
  for (const char c : pod) sum = sum * 31 + static_cast<unsigned char>(c);
  return absl::StrCat("10.", sum / 65'536 % 256, ".", sum / 256 % 256, ".", sum % 256);
}

// RecordOf is the record of the caller's sidecar, or of the callee's.
inline flows::Flow RecordOf(const TestCall& call, bool outbound) {
  static uint64_t ids = 0;
  const std::string from_pod = call.from_pod.empty() ? call.from + "-0" : call.from_pod;
  const std::string to_pod = call.to + "-0";
  flows::Flow flow;
  flow.time = absl::FromUnixMicros(call.at_us + call.duration_us);
  flow.duration_us = static_cast<uint64_t>(call.duration_us);
  flow.flow_id = absl::StrCat(absl::Hex(outbound ? 1 : 2, absl::kZeroPad16),
                              absl::Hex(++ids, absl::kZeroPad16));
  flow.event = "REQUEST";
  flow.direction = outbound ? "OUTBOUND" : "INBOUND";
  flow.verdict = call.verdict;
  flow.reason = call.reason;
  flow.protocol = "HTTP1";
  flow.reporter.node = outbound ? from_pod : to_pod;
  flow.reporter.namespace_name = "shop";
  flow.source.principal = TestPrincipal(call.from);
  flow.source.ip = TestIp(from_pod);
  flow.destination.principal = TestPrincipal(call.to);
  flow.destination.ip = TestIp(to_pod);
  flow.destination.port = 8080;
  flow.http.method = "GET";
  flow.http.path = flow.http.path_template = call.path;
  flow.http.status = call.verdict == "FORWARDED" ? 200 : 403;
  return flow;
}

// Feed gives a detector both records of a call.
inline void Feed(Detector& detector, const TestCall& call) {
  detector.Add(RecordOf(call, /*outbound=*/true));
  detector.Add(RecordOf(call, /*outbound=*/false));
}

// EachCallOfShop takes the calls of an ordinary shop: every 20 s a request goes web -> orders ->
// payments, and every other one on to ledger.
template <typename Take>
void EachCallOfShop(int64_t from_us, int64_t for_us, const Take& take) {
  for (int64_t i = 0; i < for_us / (20 * kSecondUs); ++i) {
    const int64_t at = from_us + i * 20 * kSecondUs;
    if (i % 2 == 0) take(TestCall{"payments", "ledger", at + 6'000, 4'000});
    take(TestCall{"orders", "payments", at + 4'000, 10'000});
    take(TestCall{"web", "orders", at, 20'000});
  }
}

// FeedDay gives a detector a day of it.
inline void FeedDay(Detector& detector, int64_t from_us, int64_t for_us = kDayUs) {
  EachCallOfShop(from_us, for_us, [&detector](const TestCall& call) { Feed(detector, call); });
}

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_TESTING_H_
