// What each sink of the flow log takes a second, and what a line costs there.
//   sink_bench [--seconds N] [SINK...]
// The lines of one sidecar are handed to one sink after the other, in the pieces that it gets in a
// sidecar: 64 KiB, or 512 KiB where a spool stands before it. Counted is the time within Deliver
// alone, until the receiver has them, each on loopback and taking everything: what a real one does
// with them comes on top, but for `file` and `collector`, which are the real ones.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/clock.h"
#include "base/status.h"
#include "bench/collector_identities.h"
#include "bench/flow_workload.h"
#include "bench/sink_receivers.h"
#include "collector/collector_server.h"
#include "collector/sink/collector_sink.h"
#include "flows/clickhouse_sink.h"
#include "flows/file_sink.h"
#include "flows/otlp_sink.h"
#include "flows/spool_sink.h"
#include "flows/stream_socket.h"
#include "flows/syslog_sink.h"
#include "proxy/grpc/als_sink.h"

namespace firebreak::bench {
namespace {

using flows::FlowSink;

constexpr size_t kSmallPiece = size_t{64} << 10;
constexpr size_t kLargePiece = flows::SpoolSink::kPieceBytes;
constexpr char kLoopback[] = "127.0.0.1";

// RunningCollector is one on a thread of its own.
class RunningCollector {
 public:
  static absl::StatusOr<std::unique_ptr<RunningCollector>> Start(const std::string& folder) {
    FB_RETURN_IF_ERROR(WriteCollectorIdentity(folder));
    auto server = collector::CollectorServer::Make({.listen = *SocketAddress::Parse("127.0.0.1:0"),
                                                    .identity = FilesOf(folder, "collector"),
                                                    .trust_domain = kDomain,
                                                    .intake = {.folder = folder + "/store"}},
                                                   Clock::Real());
    if (!server.ok()) return server.status();
    return std::unique_ptr<RunningCollector>(new RunningCollector(*std::move(server)));
  }
  ~RunningCollector() {
    server_->Stop();
    thread_.join();
  }

  uint16_t port() const { return server_->address().port(); }

 private:
  explicit RunningCollector(std::unique_ptr<collector::CollectorServer> server)
      : server_(std::move(server)), thread_([this] { server_->Run().IgnoreError(); }) {}

  const std::unique_ptr<collector::CollectorServer> server_;
  std::thread thread_;
};

// Bench is a sink with what it delivers to. The sink is destroyed first: it says goodbye.
struct Bench {
  size_t piece_bytes = kSmallPiece;
  std::unique_ptr<Receiver> receiver = nullptr;
  std::unique_ptr<RunningCollector> collector = nullptr;
  std::unique_ptr<collector::IdentitySlot> identity = nullptr;
  std::unique_ptr<FlowSink> sink = nullptr;
};
using MadeBench = absl::StatusOr<Bench>;

MadeBench MakeFile(const std::string& folder, flows::FileSync sync) {
  Bench bench;
  FB_ASSIGN_OR_RETURN(bench.sink, flows::FileSink::Open({.path = folder + "/flows.jsonl",
                                                         .max_bytes = uint64_t{100} << 20,
                                                         .keep = 1,
                                                         .sync = sync},
                                                        Clock::Real()));
  return bench;
}

MadeBench MakeSyslog(const std::string& folder, ReceiverKind kind,
                     flows::SyslogTransport transport) {
  const std::string path = folder + "/log";
  const bool is_unix = kind == ReceiverKind::kUnix;
  Bench bench;
  FB_ASSIGN_OR_RETURN(bench.receiver, Receiver::Start(kind, path));
  bench.sink = std::make_unique<flows::SyslogSink>(
      flows::SyslogOptions{.transport = transport,
                           .host = is_unix ? path : kLoopback,
                           .port = is_unix ? uint16_t{0} : bench.receiver->port()},
      Clock::Real());
  return bench;
}

MadeBench MakeOtlp() {
  Bench bench{.piece_bytes = kLargePiece};
  FB_ASSIGN_OR_RETURN(bench.receiver, Receiver::Start(ReceiverKind::kHttp));
  bench.sink = std::make_unique<flows::OtlpSink>(
      flows::HttpEndpoint{.host = kLoopback, .port = bench.receiver->port(), .target = "/v1/logs"},
      Clock::Real());
  return bench;
}

MadeBench MakeClickHouse() {
  Bench bench{.piece_bytes = kLargePiece};
  FB_ASSIGN_OR_RETURN(bench.receiver, Receiver::Start(ReceiverKind::kHttp));
  bench.sink = std::make_unique<flows::ClickHouseSink>(
      flows::ClickHouseOptions{.endpoint = {.host = kLoopback, .port = bench.receiver->port()},
                               .table = "firebreak.flows"},
      Clock::Real());
  return bench;
}

MadeBench MakeAls() {
  Bench bench{.piece_bytes = kLargePiece};
  FB_ASSIGN_OR_RETURN(bench.receiver, Receiver::Start(ReceiverKind::kGrpc));
  bench.sink = std::make_unique<proxy::AlsSink>(
      proxy::GrpcServer{.host = kLoopback, .port = bench.receiver->port(), .tls = false}, "bench",
      std::make_unique<flows::StreamSocket>(Clock::Real()), Clock::Real());
  return bench;
}

MadeBench MakeCollector(const std::string& folder, const std::string& principal) {
  Bench bench{.piece_bytes = kLargePiece};
  FB_ASSIGN_OR_RETURN(bench.collector, RunningCollector::Start(folder));
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, ReadAuthority(folder));
  FB_ASSIGN_OR_RETURN(auto identity, IdentityOf(ca, folder, principal));
  FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(kCollector));
  bench.identity = std::make_unique<collector::IdentitySlot>();
  bench.identity->Set(std::move(identity));
  bench.sink = std::make_unique<collector::CollectorSink>(
      collector::LinkTarget{
          .host = kLoopback, .port = bench.collector->port(), .expected = {std::move(id)}},
      *bench.identity, Limits(), Clock::Real());
  return bench;
}

double Seconds(MonoTime::duration span) { return std::chrono::duration<double>(span).count(); }

double ThreadCpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

absl::Status Measure(const std::string& name, Bench& bench, FlowWorkload& workload,
                     double at_least) {
  uint64_t lines = 0;
  uint64_t bytes = 0;
  double wall = 0;
  double cpu = 0;
  // The first piece makes the connection.
  for (bool first = true; wall < at_least; first = false) {
    const flows::Batch batch = workload.Next(UINT64_MAX, bench.piece_bytes);
    const MonoTime begun = Clock::Real().MonoNow();
    const double cpu_begun = ThreadCpuSeconds();
    const flows::Delivery delivery = bench.sink->Deliver(batch);
    if (delivery.fate != flows::Delivery::Fate::kTaken || delivery.refused_lines > 0) {
      return absl::UnavailableError(absl::StrCat(name, ": ", delivery.detail));
    }
    if (first) continue;
    wall += Seconds(Clock::Real().MonoNow() - begun);
    cpu += ThreadCpuSeconds() - cpu_begun;
    lines += batch.lines;
    bytes += batch.text.size();
  }
  const auto count = static_cast<double>(lines);
  std::cout << absl::StrFormat("%-12s %12.0f %10.1f %12.2f %12.2f\n", name, count / wall,
                               static_cast<double>(bytes) / wall / 1e6, wall / count * 1e6,
                               cpu / count * 1e6)
            << std::flush;
  return absl::OkStatus();
}

absl::Status Run(const std::vector<std::string>& wanted, double seconds) {
  FlowWorkload workload(1);
  std::string folder = std::filesystem::temp_directory_path() / "firebreak-sinks.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, folder);
  using flows::SyslogTransport;
  const std::vector<std::pair<std::string, std::function<MadeBench()>>> benches = {
      {"file", [&] { return MakeFile(folder, flows::FileSync::kNever); }},
      {"file-sync", [&] { return MakeFile(folder, flows::FileSync::kBatch); }},
      {"syslog-unix",
       [&] { return MakeSyslog(folder, ReceiverKind::kUnix, SyslogTransport::kUnix); }},
      {"syslog-udp", [&] { return MakeSyslog(folder, ReceiverKind::kUdp, SyslogTransport::kUdp); }},
      {"syslog-tcp", [&] { return MakeSyslog(folder, ReceiverKind::kTcp, SyslogTransport::kTcp); }},
      {"otlp", MakeOtlp},
      {"als", MakeAls},
      {"clickhouse", MakeClickHouse},
      {"collector", [&] { return MakeCollector(folder, workload.principal()); }}};
  std::cout << absl::StrFormat("%-12s %12s %10s %12s %12s\n", "sink", "lines/s", "MB/s",
                               "us a line", "CPU us");
  absl::Status status;
  for (const auto& [name, make] : benches) {
    const bool all = wanted.empty();
    if (!all && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    auto bench = make();
    status.Update(bench.ok() ? Measure(name, *bench, workload, seconds) : bench.status());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return status;
}

int Main(const std::vector<std::string>& words) {
  double seconds = 3;
  std::vector<std::string> wanted;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool is_number = words[i] == "--seconds" && i + 1 < words.size();
    if (!is_number && words[i].front() != '-') {
      wanted.push_back(words[i]);
    } else if (!is_number || !absl::SimpleAtod(words[++i], &seconds) || seconds <= 0) {
      std::cerr << "usage: sink_bench [--seconds N] [file|file-sync|syslog-unix|syslog-udp|"
                   "syslog-tcp|otlp|als|clickhouse|collector]...\n";
      return 2;
    }
  }
  const absl::Status done = Run(wanted, seconds);
  if (!done.ok()) std::cerr << "sink_bench: " << done.message() << "\n";
  return done.ok() ? 0 : 1;
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) { return firebreak::bench::Main({argv + 1, argv + argc}); }
