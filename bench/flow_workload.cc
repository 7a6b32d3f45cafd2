#include "bench/flow_workload.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/clock.h"
#include "bench/collector_identities.h"

namespace firebreak::bench {
namespace {

SharedString Text(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

FlowWorkload::FlowWorkload(int number)
    : principal_(absl::StrCat(kDomain, "/ns/mesh/sa/svc-", number)),
      random_(static_cast<uint64_t>(number)),
      encoder_({.node = absl::StrCat("svc-", number, "-0"),
                .namespace_name = "mesh",
                .workload = absl::StrCat("svc-", number),
                .principal = principal_,
                .run_id = absl::StrFormat("%016x", std::random_device()())}) {
  record_.event = flows::Event::kRequest;
  record_.direction = Direction::kInbound;
  record_.verdict = Verdict::kForwarded;
  record_.protocol = flows::Protocol::kHttp2;
  record_.flow_id_high = static_cast<uint64_t>(number);
  record_.destination = {
      .principal = Text(principal_), .ip = *IpAddress::Parse("10.0.0.3"), .port = 8080};
  record_.tls = {.version = 0x0304,
                 .cipher = 0x1301,
                 .group = 29,
                 .sni = nullptr,
                 .svid_serial = Text("40324c2430dc48d739c8631e4862033ade76a8e6"),
                 .svid_not_after = absl::FromUnixSeconds(1'800'003'600)};
  record_.rule = std::make_shared<const RuleRef>(RuleRef{.policy_namespace = "mesh",
                                                         .policy = "svc",
                                                         .rule = "callers",
                                                         .audit = false,
                                                         .source = "p.yaml:3"});
  record_.policy_revision = Text("09e4ff946baf9a4d");
}

flows::Batch FlowWorkload::Next(uint64_t most, size_t text_bytes) {
  flows::Batch batch{.first_sequence = sequence_ + 1};
  while (batch.lines < most && batch.text.size() < text_bytes) {
    Advance();
    encoder_.AppendRecord(record_, {.sequence = sequence_}, /*weight=*/1, &batch.text);
    ++batch.lines;
  }
  batch.last_sequence = sequence_;
  return batch;
}

void FlowWorkload::Advance() {
  constexpr uint64_t kRequestsAConnection = 20;
  constexpr uint64_t kCallers = 8;
  constexpr uint64_t kRoutes = 20;
  ++sequence_;
  const uint64_t connection = sequence_ / kRequestsAConnection;
  const uint64_t route = random_() % kRoutes;
  record_.time = Clock::Real().WallNow();
  record_.duration_us = 500 + static_cast<int64_t>(random_() % 20'000);
  record_.flow_id_low = connection;
  record_.decision_id = {.high = record_.flow_id_high, .low = sequence_};
  record_.source = {
      .principal = Text(absl::StrCat(kDomain, "/ns/mesh/sa/caller-", connection % kCallers)),
      .ip = *IpAddress::Parse("10.0.0.2"),
      .port = static_cast<uint16_t>(32'768 + connection % 28'000)};
  record_.http =
      flows::HttpInfo{.method = route % 3 == 0 ? "POST" : "GET",
                      .authority = "svc.mesh:8080",
                      .path = absl::StrCat("/v1/resource-", route, "/", random_() % 1'000'000),
                      .path_template = Text(absl::StrCat("/v1/resource-", route, "/{id}")),
                      .user_agent = "mesh-client/2.4",
                      .status = 200,
                      .request_bytes = random_() % 2'000,
                      .response_bytes = random_() % 20'000};
  record_.trace_id = Text(absl::StrFormat("%016x%016x", random_(), random_()));
}

}  // namespace firebreak::bench
