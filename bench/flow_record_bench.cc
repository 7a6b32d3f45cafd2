// What a flow record costs to write down: records of requests as a sidecar makes them, of several
// connections in turn.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "benchmark/benchmark.h"
#include "certs/signature.h"
#include "flows/json_encoder.h"
#include "flows/line_chain.h"
#include "flows/record.h"
#include "flows/spool_frame.h"

namespace firebreak::flows {
namespace {

constexpr int kConnections = 16;
constexpr int kRecords = 256;

SharedString Shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Record RequestOn(int connection) {
  Record record;
  record.event = Event::kRequest;
  record.verdict = Verdict::kForwarded;
  record.protocol = Protocol::kHttp2;
  record.time = absl::FromUnixMicros(1'800'000'000'123'456);
  record.duration_us = 812;
  record.flow_id_high = 0x0123456789abcdef;
  record.flow_id_low = static_cast<uint64_t>(connection);
  record.source = {.principal = Shared("shop.example/ns/shop/sa/orders"),
                   .ip = *IpAddress::Parse("10.0.0.2"),
                   .port = static_cast<uint16_t>(42'742 + connection)};
  record.destination = {.principal = nullptr, .ip = *IpAddress::Parse("10.0.0.3"), .port = 15006};
  record.tls = {.version = 0x0304,
                .cipher = 0x1301,
                .group = 29,
                .sni = nullptr,
                .svid_serial = Shared("40324c2430dc48d739c8631e4862033ade76a8e6"),
                .svid_not_after = absl::FromUnixSeconds(1'800'003'600)};
  return record;
}

std::vector<Record> Requests(const std::string& path) {
  std::vector<Record> connections;
  connections.reserve(kConnections);
  for (int i = 0; i < kConnections; ++i) connections.push_back(RequestOn(i));
  const auto rule = std::make_shared<const RuleRef>(RuleRef{.policy_namespace = "shop",
                                                            .policy = "payments",
                                                            .rule = "orders-may-charge",
                                                            .audit = false,
                                                            .source = "p.yaml:3"});
  const SharedString revision = Shared("09e4ff946baf9a4d");
  std::vector<Record> records;
  records.reserve(kRecords);
  for (int i = 0; i < kRecords; ++i) {
    Record record = connections[static_cast<size_t>(i % kConnections)];
    record.decision_id = {.high = 7, .low = static_cast<uint64_t>(i)};
    record.http = std::make_shared<const HttpInfo>(HttpInfo{.method = "GET",
                                                            .authority = "payments.shop:8080",
                                                            .path = path,
                                                            .has_query = false,
                                                            .path_template = nullptr,
                                                            .user_agent = "fbload/1.0",
                                                            .status = 200,
                                                            .request_bytes = 0,
                                                            .response_bytes = 512,
                                                            .grpc = false,
                                                            .grpc_status = -1});
    record.rule = rule;
    record.policy_revision = revision;
    records.push_back(std::move(record));
  }
  return records;
}

void Encode(benchmark::State& state, const std::string& path) {
  JsonEncoder encoder({.node = "payments-0",
                       .namespace_name = "shop",
                       .workload = "payments",
                       .principal = "shop.example/ns/shop/sa/payments"});
  const std::vector<Record> records = Requests(path);
  std::string out;
  uint64_t sequence = 0;
  for (auto _ : state) {
    out.clear();
    encoder.AppendRecord(records[sequence % kRecords], {.sequence = sequence}, /*weight=*/1, &out);
    ++sequence;
    benchmark::DoNotOptimize(out.data());
  }
  state.SetLabel(absl::StrCat(out.size(), " bytes"));
}

// Chain is Encode, and what makes a line part of the log: its place, the hash of the line before,
// and the batch it is handed on in.
void Chain(benchmark::State& state, const std::string& path) {
  LineChain chain({.reporter = {.node = "payments-0",
                                .namespace_name = "shop",
                                .workload = "payments",
                                .principal = "shop.example/ns/shop/sa/payments",
                                .run_id = "0123456789abcdef"},
                   .seal = {.sha256 = certs::Sha256, .key = nullptr}},
                  Clock::Real());
  const std::vector<Record> records = Requests(path);
  constexpr size_t kBatchBytes = size_t{64} << 10;
  uint64_t number = 0;
  for (auto _ : state) {
    chain.AppendRecord(records[number++ % kRecords], /*weight=*/1);
    if (chain.pending_bytes() >= kBatchBytes) benchmark::DoNotOptimize(chain.Take());
  }
}

// SpoolFrame is what a line costs a sink that has a spool, before it is sent: compression and the
// frame.
void SpoolFrame(benchmark::State& state, const std::string& path) {
  JsonEncoder encoder(Reporter{});
  const std::vector<Record> records = Requests(path);
  std::string lines;
  for (uint64_t i = 0; i < kRecords; ++i) {
    encoder.AppendRecord(records[i], {.sequence = i}, /*weight=*/1, &lines);
  }
  size_t bytes = 0;
  while (state.KeepRunningBatch(kRecords)) {
    const std::string frame = EncodeFrame({.lines = kRecords}, lines);
    bytes = frame.size();
    benchmark::DoNotOptimize(frame.data());
  }
  state.SetLabel(absl::StrCat(bytes / kRecords, " bytes of ", lines.size() / kRecords));
}

BENCHMARK_CAPTURE(Encode, short_path, "/v1/charges");
BENCHMARK_CAPTURE(Encode, path_with_ids,
                  "/v1/customers/4711/orders/7d793037-a076-4b5c-8f1e-2f6e5e2f0a11/lines");
BENCHMARK_CAPTURE(Chain, short_path, "/v1/charges");
BENCHMARK_CAPTURE(SpoolFrame, short_path, "/v1/charges");

}  // namespace
}  // namespace firebreak::flows

BENCHMARK_MAIN();
