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
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

#include "base/clock.h"
#include "base/status.h"
#include "bench/collector_identities.h"
#include "bench/flow_workload.h"
#include "collector/sink/collector_sink.h"
#include "flows/spool_sink.h"

namespace firebreak::bench {
namespace {

using collector::CollectorSink;
using collector::IdentitySlot;

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

void Publish(FlowWorkload& workload, CollectorSink& sink, const Amount& amount, Totals& totals) {
  flows::Backoff backoff;
  for (uint64_t sent = 0; sent < amount.records;) {
    const flows::Batch batch =
        workload.Next(std::min(amount.batch, amount.records - sent), flows::SpoolSink::kPieceBytes);
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

absl::Status Run(const std::string& folder, uint16_t port, int publishers, const Amount& each) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, ReadAuthority(folder));
  FB_ASSIGN_OR_RETURN(const certs::SpiffeId collector, certs::SpiffeId::ParsePrincipal(kCollector));
  std::vector<std::unique_ptr<FlowWorkload>> workloads;
  std::vector<IdentitySlot> slots(static_cast<size_t>(publishers));
  for (int i = 0; i < publishers; ++i) {
    workloads.push_back(std::make_unique<FlowWorkload>(i));
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
  if (words.size() == 2 && words[0] == "prepare") return WriteCollectorIdentity(words[1]);
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
}  // namespace firebreak::bench

int main(int argc, char** argv) {
  const absl::Status done = firebreak::bench::Main({argv + 1, argv + argc});
  if (done.ok()) return 0;
  std::cerr << "collector_load: " << done.message() << "\n";
  return absl::IsInvalidArgument(done) ? 2 : 1;
}
