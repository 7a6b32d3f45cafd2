// For tests: a record with every field set, batches, a receiver, and a file system that runs full.
#ifndef FIREBREAK_FLOWS_TESTING_H_
#define FIREBREAK_FLOWS_TESTING_H_

#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"

#include "flows/json_encoder.h"
#include "flows/line_chain.h"
#include "flows/record.h"
#include "flows/ring.h"
#include "flows/sink.h"

namespace firebreak::flows {

inline SharedString Shared(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

inline Reporter TestReporter() {
  return {.node = "payments-0",
          .namespace_name = "shop",
          .workload = "payments",
          .principal = "shop.example/ns/shop/sa/payments",
          .run_id = "0f1e2d3c4b5a6978"};
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
  record.http = HttpInfo{.method = "POST",
                         .authority = "payments.shop:8080",
                         .path = "/shop.ledger.v1.Ledger/Append",
                         .has_query = true,
                         .path_template = Shared("/shop.ledger.v1.Ledger/*"),
                         .user_agent = "grpc-go/1.60",
                         .status = 200,
                         .request_bytes = 120,
                         .response_bytes = 9'007'199'254'740'993,
                         .grpc = true,
                         .grpc_status = 7};
  record.inspection = std::make_shared<const InspectionInfo>(InspectionInfo{
      .score = 10,
      .blocked = true,
      .matches = {
          {"FBI-SQL-001", "sqli", "query:q", "' or \"1\"=\"1\n"},
          {"FBI-XSS-002", "xss", "json:$.text", "<script>", "shop-patches", "CVE-2026-1234"}}});
  record.inflight_inbound = 0;
  record.parent_flow_id_high = 3;
  record.parent_flow_id_low = 4;
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

// Pop takes the oldest record out of a ring; false when it is empty.
inline bool Pop(Ring& ring, Record* record, uint64_t* dropped_before) {
  Record* const front = ring.Front(dropped_before);
  if (front == nullptr) return false;
  *record = std::move(*front);
  ring.PopFront();
  return true;
}

// TestSeal hashes and signs with no cryptography: enough to see what is hashed and what is signed.
inline uint64_t TestMix(uint64_t state, uint64_t with) { return (state ^ with) * 0x100000001b3; }

inline Sha256State TestBegin(absl::string_view beginning) {
  uint64_t state = 0xcbf29ce484222325;
  for (const char c : beginning) state = TestMix(state, static_cast<uint8_t>(c));
  Sha256State begun{};
  std::memcpy(begun.bytes.data(), &state, sizeof(state));
  return begun;
}

inline Seal::Digest TestEnd(const Sha256State& begun, absl::string_view rest) {
  uint64_t state = 0;
  std::memcpy(&state, begun.bytes.data(), sizeof(state));
  for (const char c : rest) state = TestMix(state, static_cast<uint8_t>(c));
  Seal::Digest digest{};
  for (size_t i = 0; i < digest.size(); ++i) {
    state = TestMix(state, i);
    digest[i] = static_cast<uint8_t>(state >> 32);
  }
  return digest;
}

inline Seal::Digest TestHash(absl::string_view bytes) { return TestEnd(TestBegin(""), bytes); }

inline std::string TestHashHex(absl::string_view bytes) {
  const auto digest = TestHash(bytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

inline Seal TestSeal() {
  return {.begin_sha256 = TestBegin, .end_sha256 = TestEnd, .key = [] {
            return std::make_shared<const HeadKey>(
                HeadKey{.algorithm = "ed25519",
                        .certificate_chain = "MIIB",
                        .sign = [](absl::string_view text) -> absl::StatusOr<std::string> {
                          return "signed " + TestHashHex(text);
                        }});
          }};
}

// TestBatch has `lines` lines of whole flows, numbered from first.
inline Batch TestBatch(uint64_t first, uint64_t lines = 1) {
  Batch batch{.lines = lines, .first_sequence = first, .last_sequence = first + lines - 1};
  JsonEncoder encoder(TestReporter());
  for (uint64_t i = 0; i < lines; ++i) {
    encoder.AppendRecord(FullRecord(), {.sequence = first + i}, /*weight=*/1, &batch.text);
  }
  return batch;
}

inline SharedBatch SharedTestBatch(uint64_t first, uint64_t lines = 1) {
  return std::make_shared<const Batch>(TestBatch(first, lines));
}

// Receiver is a sink that does as it is told, and remembers what it took. Any thread.
class Receiver {
 public:
  // Sink returns a sink that delivers here. The receiver outlives it.
  std::unique_ptr<FlowSink> Sink() { return std::make_unique<Door>(*this); }

  void Answer(Delivery delivery) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(delivery);
    changed_.notify_all();
  }
  // Hold keeps deliveries from returning until Answer.
  void Hold() {
    const std::lock_guard lock(mutex_);
    answer_.reset();
  }
  void WaitForTries(int tries) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return tries_ >= tries; });
  }
  void WaitForLines(uint64_t lines) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return lines_ >= lines; });
  }
  int tries() {
    const std::lock_guard lock(mutex_);
    return tries_;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  class Door final : public FlowSink {
   public:
    explicit Door(Receiver& receiver) : receiver_(receiver) {}
    Delivery Deliver(const Batch& batch) override { return receiver_.Take(batch); }

   private:
    Receiver& receiver_;
  };

  Delivery Take(const Batch& batch) {
    std::unique_lock lock(mutex_);
    ++tries_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return answer_.has_value(); });
    if (answer_->fate == Delivery::Fate::kTaken) {
      text_ += batch.text;
      lines_ += batch.lines;
      changed_.notify_all();
    }
    return *answer_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Delivery> answer_ = Delivery::Taken();
  int tries_ = 0;
  uint64_t lines_ = 0;
  std::string text_;
};

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
