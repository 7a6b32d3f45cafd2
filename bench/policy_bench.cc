// What a decision on a request costs, by the number of rules and by what tells them apart. Peers
// and requests change from question to question; the memo is warm, as it is in a sidecar that has
// seen its peers.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "benchmark/benchmark.h"
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif
#include "certs/spiffe_id.h"
#include "config/diagnostics.h"
#include "http/message.h"
#include "policy/authorizer.h"
#include "policy/loader.h"
#include "tests/support/temp_folder.h"

namespace firebreak::policy {
namespace {

constexpr int kPeers = 64;
constexpr int kRequests = 256;

// Shape is how the rules of one policy differ.
struct Shape {
  std::string (*rule)(int i);
  http::Request (*request)(int i);  // one that rule i allows
};

http::Request Request(absl::string_view method, std::string path) {
  http::Request request;
  request.method = std::string(method);
  request.scheme = "https";
  request.authority = "payments.shop.example";
  request.path = std::move(path);
  request.headers.Add("user-agent", "bench/1.0 (of, some length)");
  request.headers.Add("accept", "application/json");
  request.headers.Add("x-env", "prod");
  return request;
}

constexpr Shape kExactPaths = {
    [](int i) {
      return absl::StrCat("{to: [{operation: {methods: [POST], paths: [/v1/resource-", i, "]}}]}");
    },
    [](int i) { return Request("POST", absl::StrCat("/v1/resource-", i)); }};

constexpr Shape kTemplates = {
    [](int i) {
      return absl::StrCat("{to: [{operation: {methods: [GET], paths: ['/v1/{*}/part-", i,
                          "/{**}']}}]}");
    },
    [](int i) { return Request("GET", absl::StrCat("/v1/order-7/part-", i, "/lines/3")); }};

constexpr Shape kHosts = {[](int i) {
                            return absl::StrCat("{to: [{operation: {hosts: [h", i,
                                                ".example], paths: ['/*']}}]}");
                          },
                          [](int i) {
                            http::Request request = Request("GET", "/v1/charges");
                            request.authority = absl::StrCat("h", i, ".example");
                            return request;
                          }};

constexpr Shape kGrpcMethods = {
    [](int i) {
      return absl::StrCat("{to: [{operation: {grpc: {services: [shop.Ledger], methods: [M", i,
                          "]}}}]}");
    },
    [](int i) {
      http::Request request = Request("POST", absl::StrCat("/shop.Ledger/M", i));
      request.version = http::Version::kHttp2;
      request.grpc = true;
      return request;
    }};

constexpr Shape kHeaders = {[](int i) {
                              return absl::StrCat(
                                  "{to: [{operation: {paths: [/v1/resource-", i,
                                  "]}}], when: [{key: 'request.headers[x-env]', values: [prod]}]}");
                            },
                            [](int i) { return Request("GET", absl::StrCat("/v1/resource-", i)); }};

// Every rule has callers of its own, and all have one path in common.
constexpr Shape kCallers = {
    [](int i) {
      return absl::StrCat("{from: [{source: {principals: [shop.example/ns/shop/sa/peer-", i,
                          "]}}], to: [{operation: {methods: [GET], paths: [/v1/charges]}}]}");
    },
    [](int) { return Request("GET", "/v1/charges"); }};

// Every rule has callers of its own, among whom is everybody that asks.
constexpr Shape kCallersAndPaths = {
    [](int i) {
      return absl::StrCat("{from: [{source: {principals: ['shop.example/ns/shop/*', other.example/",
                          i, "]}}], to: [{operation: {paths: ['/v1/resource-", i, "/*']}}]}");
    },
    [](int i) { return Request("GET", absl::StrCat("/v1/resource-", i, "/x")); }};

// Every rule has a block of addresses of its own; what asks comes from one of them.
constexpr Shape kAddresses = {[](int i) {
                                return absl::StrCat(
                                    "{from: [{source: {ipBlocks: [10.", i / 4 / 256 / 64, ".",
                                    i / 4 / 64 % 256, ".", i % 256,
                                    "]}}, {source: {ipBlocks: [10.0.0.9]}}], to: [{operation: "
                                    "{ports: ['",
                                    1 + i % 60'000, "', '8080']}}]}");
                              },
                              [](int) { return Request("GET", "/v1/charges"); }};

// A file of a policy may hold a million YAML values, so the rules go into several.
constexpr int kRulesPerFile = 25'000;

std::shared_ptr<const PolicySet> Load(const Shape& shape, int rules) {
  const tests::TempFolder folder;
  for (int first = 0; first < rules; first += kRulesPerFile) {
    std::ofstream file(folder.Path(absl::StrCat(first, ".yaml")));
    file << "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: p" << first
         << ", namespace: shop}\nspec:\n  rules:\n";
    const int end = std::min(rules, first + kRulesPerFile);
    for (int i = first; i < end; ++i) file << "  - " << shape.rule(i) << "\n";
  }
  config::Diagnostics diagnostics;
  auto policy = LoadPolicy({folder.path()}, {"shop", {}}, &diagnostics);
  if (policy == nullptr) {
    std::fputs(diagnostics.Format(/*color=*/false).c_str(), stderr);
    std::abort();
  }
  return policy;
}

// Loaded loads each policy once: a benchmark is run several times until it takes long enough.
std::shared_ptr<const PolicySet> Loaded(const Shape& shape, int rules) {
  static const Shape* last_shape = nullptr;
  static int last_rules = 0;
  static std::shared_ptr<const PolicySet> last;
  if (last_shape != &shape || last_rules != rules) last = Load(shape, rules);
  last_shape = &shape;
  last_rules = rules;
  return last;
}

void Decide(benchmark::State& state, const Shape& shape, bool allowed) {
  const int rules = static_cast<int>(state.range(0));
  Authorizer authorizer(Loaded(shape, rules), 1);
  std::vector<certs::SpiffeId> peers;
  peers.reserve(kPeers);
  for (int i = 0; i < kPeers; ++i) {
    peers.push_back(
        *certs::SpiffeId::ParsePrincipal(absl::StrCat("shop.example/ns/shop/sa/peer-", i % rules)));
  }
  std::vector<http::Request> requests;
  requests.reserve(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    requests.push_back(shape.request(static_cast<int>(int64_t{i} * rules / kRequests)));
    if (!allowed) requests.back().path = "/v2/other";
    if (!allowed) requests.back().authority = "other.example";
  }
  const IpAddress address = *IpAddress::Parse("10.0.0.9");
  size_t turn = 0;
  const auto ask = [&] {
    ConnectionRequest question;
    question.carries = Carries::kRequest;
    question.http = &requests[turn % kRequests];
    question.source.id = &peers[turn % kPeers];
    question.source.ip = address;
    question.destination.port = 8080;
    ++turn;
    Decision decision;
    const bool ok = authorizer.Authorize(question, &decision).ok();
    benchmark::DoNotOptimize(decision.rule);
    return ok == allowed;
  };
  for (int i = 0; i < kRequests; ++i) {
    if (!ask()) state.SkipWithError("not the answer this measures");
  }
  CALLGRIND_START_INSTRUMENTATION;
  for (auto _ : state) benchmark::DoNotOptimize(ask());
  CALLGRIND_STOP_INSTRUMENTATION;
}

struct NamedShape {
  const char* name;
  const Shape* shape;
};

constexpr NamedShape kShapes[] = {{"exact_paths", &kExactPaths},
                                  {"templates", &kTemplates},
                                  {"hosts", &kHosts},
                                  {"grpc_methods", &kGrpcMethods},
                                  {"headers", &kHeaders},
                                  {"callers", &kCallers},
                                  {"addresses", &kAddresses},
                                  {"callers_and_paths", &kCallersAndPaths}};

// What a reload asks of a worker: to take the new policy in and drop what it remembered of the old,
// and the first decision about a peer after that.
void Swap(benchmark::State& state, const Shape& shape) {
  const int rules = static_cast<int>(state.range(0));
  const std::shared_ptr<const PolicySet> policy = Loaded(shape, rules);
  const auto peer = certs::SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/peer-7");
  const http::Request request = shape.request(7);
  ConnectionRequest question;
  question.carries = Carries::kRequest;
  question.http = &request;
  question.source.id = &*peer;
  question.source.ip = *IpAddress::Parse("10.0.0.9");
  question.destination.port = 8080;
  Authorizer authorizer(policy, 1);
  for (auto _ : state) {
    authorizer.SetPolicy(policy);
    Decision decision;
    benchmark::DoNotOptimize(authorizer.Authorize(question, &decision).ok());
  }
}

// What the main thread does for it.
void LoadFromFiles(benchmark::State& state, const Shape& shape) {
  const int rules = static_cast<int>(state.range(0));
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    const std::shared_ptr<const PolicySet> policy = Load(shape, rules);
    state.counters["bytes_per_rule"] =
        static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - before) / rules;
  }
}

// decisions: how many are measured; 0 leaves it to the library.
void RegisterAll(int decisions) {
  for (const auto& [name, shape] : kShapes) {
    for (const int rules : {10, 1'000, 100'000}) {
      benchmark::RegisterBenchmark(absl::StrCat(name, "/swap").c_str(),
                                   [s = shape](benchmark::State& state) { Swap(state, *s); })
          ->Arg(rules);
    }
    benchmark::RegisterBenchmark(absl::StrCat(name, "/load").c_str(),
                                 [s = shape](benchmark::State& state) { LoadFromFiles(state, *s); })
        ->Arg(100'000)
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
  for (const auto& [name, shape] : kShapes) {
    for (const int rules : {10, 1'000, 10'000, 100'000}) {
      for (const bool allowed : {true, false}) {
        auto* const registered = benchmark::RegisterBenchmark(
            absl::StrCat(name, "/", allowed ? "allowed" : "denied").c_str(),
            [s = shape, allowed](benchmark::State& state) { Decide(state, *s, allowed); });
        registered->Arg(rules);
        if (decisions > 0) registered->Iterations(decisions);
      }
    }
  }
}

}  // namespace
}  // namespace firebreak::policy

// policy_bench [DECISIONS] [--benchmark_...]: a number of decisions is for
// bench/policy_instructions.py.
int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  int decisions = 0;
  if (argc == 2 && absl::SimpleAtoi(argv[1], &decisions)) argc = 1;
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  firebreak::policy::RegisterAll(decisions);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
