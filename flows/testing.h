// For tests: a record with every field set, and a file system that runs full.
#ifndef FIREBREAK_FLOWS_TESTING_H_
#define FIREBREAK_FLOWS_TESTING_H_

#include <signal.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <utility>

#include "flows/record.h"

namespace firebreak::flows {

inline SharedString Shared(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

inline Reporter TestReporter() {
  return {.node = "payments-0",
          .namespace_name = "shop",
          .workload = "payments",
          .principal = "shop.example/ns/shop/sa/payments"};
}

inline Record FullRecord() {
  Record record;
  record.event = Event::kClose;
  record.direction = Direction::kInbound;
  record.verdict = Verdict::kDropped;
  record.reason = Reason::kPolicyChanged;
  record.protocol = Protocol::kTcp;
  record.close_reason = CloseReason::kPolicy;
  record.quarantine = QuarantineMode::kReadonly;
  record.would_be_verdict = Verdict::kForwarded;
  record.time = absl::FromUnixMicros(1'800'000'000'123'456);
  record.duration_us = 12'345;
  record.flow_id_high = 0x0123456789abcdef;
  record.flow_id_low = 0xfedcba9876543210;
  record.decision_id = {.high = 1, .low = 2};
  record.source = {.principal = Shared("shop.example/ns/shop/sa/orders"),
                   .ip = *IpAddress::Parse("10.0.0.2"),
                   .port = 42'742};
  record.destination = {.principal = nullptr, .ip = *IpAddress::Parse("fd00::1"), .port = 8080};
  record.bytes_sent = 9'007'199'254'740'993;  // 2^53 + 1: lost by readers that use doubles
  record.bytes_received = 3'400;
  record.tls = {.version = 0x0304,
                .cipher = 0x1301,
                .group = 29,
                .sni = Shared("payments.shop"),
                .svid_serial = Shared("0a1b"),
                .svid_not_after = absl::FromUnixSeconds(1'800'003'600)};
  record.http =
      std::make_shared<const HttpInfo>(HttpInfo{.method = "POST",
                                                .authority = "payments.shop:8080",
                                                .path = "/shop.ledger.v1.Ledger/Append",
                                                .has_query = true,
                                                .path_template = Shared("/shop.ledger.v1.Ledger/*"),
                                                .user_agent = "grpc-go/1.60",
                                                .status = 200,
                                                .request_bytes = 120,
                                                .response_bytes = 9'007'199'254'740'993,
                                                .grpc = true,
                                                .grpc_status = 7});
  record.inspection = std::make_shared<const InspectionInfo>(
      InspectionInfo{.score = 10,
                     .blocked = true,
                     .matches = {{"FBI-SQL-001", "sqli", "query:q", "' or \"1\"=\"1\n"},
                                 {"FBI-XSS-002", "xss", "json:$.text", "<script>"}}});
  record.trace_id = Shared("4bf92f3577b34da6a3ce929d0e0e4736");
  record.rule = std::make_shared<const RuleRef>(RuleRef{.policy_namespace = "shop",
                                                        .policy = "payments",
                                                        .rule = "orders-may-charge",
                                                        .audit = false,
                                                        .source = "p.yaml:3",
                                                        .reason = "charges are theirs",
                                                        .ticket = "SHOP-7"});
  record.policy_revision = Shared("sha256:77");
  record.detail = Shared("cut: \x1b[31m\"rule\" gone\n");
  return record;
}

// SizeLimit makes writes beyond a file size fail with EFBIG, as a full disk does with ENOSPC: first
// a short write, then the error.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    handler_ = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_TESTING_H_
