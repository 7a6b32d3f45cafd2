// What a flow record costs, stage by stage: records of requests as a sidecar makes them, of several
// connections in turn. flow_record_bench [RECORDS] measures so many of each.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "benchmark/benchmark.h"
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif
#include "certs/signature.h"
#include "filters/api/http_exchange.h"
#include "filters/flow_log/flow_log_http_filter.h"
#include "flows/edge_rollup.h"
#include "flows/file_sink.h"
#include "flows/flow_log.h"
#include "flows/json_encoder.h"
#include "flows/line_chain.h"
#include "flows/record.h"
#include "flows/ring.h"
#include "flows/spool_frame.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

constexpr int kConnections = 16;
constexpr int kRecords = 1'024;

using Paths = std::vector<std::string>;  // that are asked for in turn

SharedString Shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Record RequestOn(int connection) {
  static const SharedString self = Shared("shop.example/ns/shop/sa/payments");
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
  record.destination = {.principal = self, .ip = *IpAddress::Parse("10.0.0.3"), .port = 15006};
  record.tls = {.version = 0x0304,
                .cipher = 0x1301,
                .group = 29,
                .sni = nullptr,
                .svid_serial = Shared("40324c2430dc48d739c8631e4862033ade76a8e6"),
                .svid_not_after = absl::FromUnixSeconds(1'800'003'600)};
  return record;
}

// Worker makes records as a worker does: out of exchanges on kConnections connections.
class Worker {
 public:
  Worker(Ring& ring, const Paths& paths)
      : filter_(ring, Clock::Real()), paths_(paths), connections_(kConnections) {
    for (int i = 0; i < kConnections; ++i) connections_[i].record = RequestOn(i);
  }

  // Serve takes an exchange from its beginning to its end, as far as the log is concerned.
  void Serve() {
    filters::HttpExchange exchange(connections_[count_ % kConnections]);
    Record& record = exchange.record;
    HttpInfo& http = *record.http;
    http.method = method_;
    http.authority = authority_;
    http.path = paths_[count_ % paths_.size()];
    http.user_agent = agent_;
    record.verdict = Verdict::kForwarded;
    record.reason = Reason::kNone;
    record.rule = rule_;
    record.policy_revision = revision_;
    record.decision_id = {.high = 7, .low = ++count_};
    http.status = 200;
    http.response_bytes = 512;
    filter_.OnEnd(exchange);
  }

 private:
  filters::FlowLogHttpFilter filter_;
  const std::string method_ = "GET";
  const std::string authority_ = "payments.shop:8080";
  const Paths& paths_;
  const std::string agent_ = "fbload/1.0";
  const std::shared_ptr<const RuleRef> rule_ =
      std::make_shared<const RuleRef>(RuleRef{.policy_namespace = "shop",
                                              .policy = "payments",
                                              .rule = "orders-may-charge",
                                              .audit = false,
                                              .source = "p.yaml:3"});
  const SharedString revision_ = Shared("09e4ff946baf9a4d");
  std::vector<filters::Connection> connections_;
  uint64_t count_ = 0;
};

// Requests are kRecords of a worker's records.
std::vector<Record> Requests(const Paths& paths) {
  Ring ring(kRecords);
  Worker worker(ring, paths);
  std::vector<Record> records;
  uint64_t dropped = 0;
  for (int i = 0; i < kRecords; ++i) {
    worker.Serve();
    records.push_back(std::move(*ring.Front(&dropped)));
    ring.PopFront();
  }
  return records;
}

Reporter BenchReporter() {
  return {.node = "payments-0",
          .namespace_name = "shop",
          .workload = "payments",
          .principal = "shop.example/ns/shop/sa/payments",
          .run_id = "0123456789abcdef"};
}

Seal BenchSeal() {
  auto key = std::make_shared<const HeadKey>(
      HeadKey{.algorithm = "ed25519", .certificate_chain = "MIIB", .sign = [](absl::string_view) {
                return absl::StatusOr<std::string>(std::string(64, 's'));
              }});
  return {.begin_sha256 = certs::BeginSha256, .end_sha256 = certs::EndSha256, .key = [key] {
            return key;
          }};
}

// Measure counts instructions of the measured loop alone, under callgrind.
template <typename Step>
void Measure(benchmark::State& state, const Step& step) {
  for (int i = 0; i < kRecords; ++i) step();  // what is kept is there
  CALLGRIND_START_INSTRUMENTATION;
  for (auto _ : state) step();
  CALLGRIND_STOP_INSTRUMENTATION;
}

// What a worker does for a record, up to and with its way into the ring; and the exchange it is of.
void Push(benchmark::State& state, const Paths& paths) {
  Ring ring;
  Worker worker(ring, paths);
  uint64_t dropped = 0;
  Measure(state, [&] {
    worker.Serve();
    benchmark::DoNotOptimize(ring.Front(&dropped));
    ring.PopFront();
  });
}

void Encode(benchmark::State& state, const Paths& paths) {
  JsonEncoder encoder(BenchReporter());
  const std::vector<Record> records = Requests(paths);
  std::string out;
  uint64_t sequence = 0;
  Measure(state, [&] {
    out.clear();
    encoder.AppendRecord(records[sequence % kRecords], {.sequence = sequence}, /*weight=*/1, &out);
    ++sequence;
    benchmark::DoNotOptimize(out.data());
  });
  state.SetLabel(absl::StrCat(out.size(), " bytes"));
}

void Sum(benchmark::State& state, const Paths& paths) {
  EdgeRollup rollup(/*max_edges=*/1'000, Clock::Real());
  const std::vector<Record> records = Requests(paths);
  uint64_t number = 0;
  Measure(state, [&] { rollup.Take(records[number++ % kRecords]); });
}

// Chain is Encode, and what makes a line part of the log: its place, the hash of the line before,
// and the batch it is handed on in.
void Chain(benchmark::State& state, const Paths& paths) {
  LineChain chain({.reporter = BenchReporter(), .seal = BenchSeal()}, Clock::Real());
  const std::vector<Record> records = Requests(paths);
  constexpr size_t kBatchBytes = size_t{248} << 10;
  uint64_t number = 0;
  Measure(state, [&] {
    chain.AppendRecord(records[number++ % kRecords], /*weight=*/1);
    if (chain.pending_bytes() >= kBatchBytes) benchmark::DoNotOptimize(chain.Take());
  });
}

// Log is all of it: a worker, the flow thread, and a file with its own. By the CPU time of the
// process; a few hundred records come between two looks of the flow thread, as under load.
void Log(benchmark::State& state, const Paths& paths) {
  constexpr int kTogether = 256;
  const tests::TempFolder folder;
  FlowLogOptions options;
  options.chain.reporter = BenchReporter();
  options.chain.seal = BenchSeal();
  options.rollup_edges = 1'000;
  auto file = FileSink::Open({.path = folder.Path("flows.jsonl"), .max_bytes = 64 << 20, .keep = 1},
                             Clock::Real());
  options.sinks.push_back({"file", *std::move(file)});
  FlowLog log(std::move(options));
  Worker worker(log.AddRing(), paths);
  log.Start();
  while (state.KeepRunningBatch(kTogether)) {
    for (int i = 0; i < kTogether; ++i) worker.Serve();
    log.Flush();
  }
  log.Stop();
  if (log.stats().records_dropped > 0) state.SkipWithError("the ring was full");
}

// SpoolFrame is what a line costs a sink that has a spool, before it is sent: compression and the
// frame.
void SpoolFrame(benchmark::State& state, const Paths& paths) {
  JsonEncoder encoder(Reporter{});
  const std::vector<Record> records = Requests(paths);
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

Paths PathsWithIds() {
  Paths paths;
  for (int i = 0; i < kRecords; ++i) {
    paths.push_back(absl::StrCat("/v1/customers/", 4'711 + i,
                                 "/orders/7d793037-a076-4b5c-8f1e-2f6e5e2f",
                                 absl::Hex(i, absl::kZeroPad4), "/lines"));
  }
  return paths;
}

// records: how many are measured; 0 leaves it to the library.
void RegisterAll(int records) {
  using Stage = void (*)(benchmark::State&, const Paths&);
  constexpr std::pair<const char*, Stage> kStages[] = {
      {"Push", Push},   {"Sum", Sum}, {"Encode", Encode},
      {"Chain", Chain}, {"Log", Log}, {"SpoolFrame", SpoolFrame}};
  static const std::pair<const char*, Paths> kPaths[] = {{"short_path", {"/v1/charges"}},
                                                         {"path_with_ids", PathsWithIds()}};
  for (const auto& [stage, measure] : kStages) {
    for (const auto& [name, paths] : kPaths) {
      auto* const registered = benchmark::RegisterBenchmark(
          absl::StrCat(stage, "/", name).c_str(),
          [m = measure, &p = paths](benchmark::State& state) { m(state, p); });
      registered->MeasureProcessCPUTime();
      if (records > 0) registered->Iterations(records);
    }
  }
}

}  // namespace
}  // namespace firebreak::flows

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  int records = 0;
  if (argc == 2 && absl::SimpleAtoi(argv[1], &records)) argc = 1;
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  firebreak::flows::RegisterAll(records);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
