// Publishers for a collector: each a thread with an SVID, a run and a connection of its own, which
// sends what a sidecar's sink would, as fast as receipts come.
//   collector_load prepare FOLDER
//   collector_load run FOLDER PORT PUBLISHERS RECORDS BATCH
// `prepare` writes ca.pem, ca.key, collector.pem and collector.key. `run` sends RECORDS lines in
// all, at most BATCH at once, to a collector on loopback and prints, as JSON, how long that took
// until the last receipt.
// bench/collector_throughput.py runs both.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/clock.h"
#include "base/status.h"
#include "certs/dev_ca.h"
#include "collector/sink/collector_sink.h"
#include "flows/json_encoder.h"
#include "flows/spool_sink.h"

namespace firebreak::collector {
namespace {

constexpr char kDomain[] = "bench.example";
constexpr char kCollector[] = "bench.example/ns/ops/sa/collector";

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status WriteWhole(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  std::error_code ignored;  // a key that others may read is told of, and used
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  return ReadWhole(path) == text ? absl::OkStatus()
                                 : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

certs::Validity Today() {
  const absl::Time now = Clock::Real().WallNow();
  return {.not_before = now - absl::Hours(1), .not_after = now + absl::Hours(24)};
}

absl::Status WriteSvid(const certs::DevCa& ca, const std::string& principal,
                       const std::string& path) {
  FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(principal));
  FB_ASSIGN_OR_RETURN(const auto issued, ca.Issue({.id = std::move(id),
                                                   .validity = Today(),
                                                   .key_type = certs::KeyType::kP256,
                                                   .dns_names = {},
                                                   .ip_addresses = {}}));
  FB_RETURN_IF_ERROR(WriteWhole(path + ".pem", issued.certificate_chain));
  return WriteWhole(path + ".key", issued.private_key);
}

absl::Status Prepare(const std::string& folder) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, certs::DevCa::Init(kDomain, Today()));
  FB_RETURN_IF_ERROR(WriteWhole(folder + "/ca.pem", ca.certificate_pem()));
  FB_RETURN_IF_ERROR(WriteWhole(folder + "/ca.key", ca.PrivateKeyPem()));
  return WriteSvid(ca, kCollector, folder + "/collector");
}

SharedString Text(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

// Workload writes the lines of one sidecar: requests that others make of it, each with a route, an
// id in its path and a trace of its own, over connections that carry twenty each.
class Workload {
 public:
  explicit Workload(int number)
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

  const std::string& principal() const { return principal_; }

  // Next returns at most `most` lines, and about as much text as a spool sends at once.
  flows::Batch Next(uint64_t most) {
    flows::Batch batch{.first_sequence = sequence_ + 1};
    while (batch.lines < most && batch.text.size() < flows::SpoolSink::kPieceBytes) {
      Advance();
      encoder_.AppendRecord(record_, {.sequence = sequence_}, /*weight=*/1, &batch.text);
      ++batch.lines;
    }
    batch.last_sequence = sequence_;
    return batch;
  }

 private:
  void Advance() {
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

  const std::string principal_;
  std::mt19937_64 random_;
  flows::JsonEncoder encoder_;
  flows::Record record_;
  uint64_t sequence_ = 0;
};

struct Totals {
  std::atomic<uint64_t> records{0};  // with a receipt
  std::atomic<uint64_t> bytes{0};    // of their lines
  std::atomic<uint64_t> batches{0};
  std::atomic<uint64_t> put_off{0};  // batches, and sent again
  std::atomic<uint64_t> refused{0};  // records: the figures are then of nothing
};

struct Amount {
  uint64_t records = 0;  // of one publisher
  uint64_t batch = 0;    // at most, at once
};

void Publish(Workload& workload, CollectorSink& sink, const Amount& amount, Totals& totals) {
  flows::Backoff backoff;
  for (uint64_t sent = 0; sent < amount.records;) {
    const flows::Batch batch = workload.Next(std::min(amount.batch, amount.records - sent));
    ++totals.batches;
    flows::Delivery delivery = sink.Deliver(batch);
    while (delivery.fate == flows::Delivery::Fate::kLater) {
      ++totals.put_off;
      std::this_thread::sleep_for(absl::ToChronoMilliseconds(backoff.Next(delivery.wait)));
      delivery = sink.Deliver(batch);
    }
    backoff.Reset();
    sent += batch.lines;
    const bool taken = delivery.fate == flows::Delivery::Fate::kTaken;
    (taken ? totals.records : totals.refused) += batch.lines;
    totals.bytes += batch.text.size();
  }
  sink.Stop();
}

double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

absl::StatusOr<std::shared_ptr<const certs::IdentityMaterial>> IdentityOf(
    const certs::DevCa& ca, const std::string& folder, const std::string& principal) {
  const std::string path = folder + "/publisher";
  FB_RETURN_IF_ERROR(WriteSvid(ca, principal, path));
  FB_ASSIGN_OR_RETURN(certs::IdentityMaterial material,
                      certs::LoadIdentity({.certificate_chain = path + ".pem",
                                           .private_key = path + ".key",
                                           .trust_bundle = folder + "/ca.pem",
                                           .crl = "",
                                           .federated_bundles = {}},
                                          {.trust_domain = kDomain, .epoch = 1, .limits = {}},
                                          Clock::Real().WallNow()));
  return std::make_shared<const certs::IdentityMaterial>(std::move(material));
}

absl::Status Run(const std::string& folder, uint16_t port, int publishers, const Amount& each) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, certs::DevCa::FromPem(ReadWhole(folder + "/ca.pem"),
                                                                   ReadWhole(folder + "/ca.key")));
  FB_ASSIGN_OR_RETURN(const certs::SpiffeId collector, certs::SpiffeId::ParsePrincipal(kCollector));
  std::vector<std::unique_ptr<Workload>> workloads;
  std::vector<IdentitySlot> slots(static_cast<size_t>(publishers));
  for (int i = 0; i < publishers; ++i) {
    workloads.push_back(std::make_unique<Workload>(i));
    FB_ASSIGN_OR_RETURN(auto identity, IdentityOf(ca, folder, workloads.back()->principal()));
    slots[static_cast<size_t>(i)].Set(std::move(identity));
  }
  Totals totals;
  const MonoTime begun = Clock::Real().MonoNow();
  const double cpu_before = CpuSeconds();
  std::vector<std::thread> threads;
  for (size_t i = 0; i < slots.size(); ++i) {
    threads.emplace_back([&, i] {
      CollectorSink sink({.host = "127.0.0.1", .port = port, .expected = {collector}}, slots[i],
                         Limits(), Clock::Real());
      Publish(*workloads[i], sink, each, totals);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::Real().MonoNow() - begun).count();
  std::cout << absl::StrFormat(
      "{\"records\": %d, \"refused\": %d, \"batches\": %d, \"put_off\": %d, \"bytes\": %d, "
      "\"seconds\": %.3f, \"cpu_seconds\": %.3f}\n",
      totals.records.load(), totals.refused.load(), totals.batches.load(), totals.put_off.load(),
      totals.bytes.load(), seconds, CpuSeconds() - cpu_before);
  return absl::OkStatus();
}

absl::Status Main(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "prepare") return Prepare(words[1]);
  uint32_t port = 0;
  int publishers = 0;
  Amount all;
  const bool run = words.size() == 6 && words[0] == "run" && absl::SimpleAtoi(words[2], &port) &&
                   absl::SimpleAtoi(words[3], &publishers) &&
                   absl::SimpleAtoi(words[4], &all.records) &&
                   absl::SimpleAtoi(words[5], &all.batch);
  if (!run || port > 65'535 || publishers < 1 || all.batch < 1) {
    return absl::InvalidArgumentError(
        "usage: collector_load prepare FOLDER | run FOLDER PORT PUBLISHERS RECORDS BATCH");
  }
  const Amount each{.records = all.records / static_cast<uint64_t>(publishers), .batch = all.batch};
  return Run(words[1], static_cast<uint16_t>(port), publishers, each);
}

}  // namespace
}  // namespace firebreak::collector

int main(int argc, char** argv) {
  const absl::Status done = firebreak::collector::Main({argv + 1, argv + argc});
  if (done.ok()) return 0;
  std::cerr << "collector_load: " << done.message() << "\n";
  return absl::IsInvalidArgument(done) ? 2 : 1;
}
