#include "flows/flow_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>

#include "flows/file_sink.h"
#include "flows/json_reader.h"
#include "flows/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

std::vector<std::string> ReadLines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<Flow> ReadFlows(const std::string& path) {
  std::vector<Flow> flows;
  for (const std::string& line : ReadLines(path)) {
    auto flow = ParseFlowLine(line);
    EXPECT_TRUE(flow.ok()) << flow.status() << "\n" << line;
    if (flow.ok()) flows.push_back(*std::move(flow));
  }
  return flows;
}

// Records leaves out the lines that tell of the log itself.
std::vector<Flow> Records(const std::string& path) {
  std::vector<Flow> flows = ReadFlows(path);
  const auto of_the_log = [](const Flow& f) { return f.event == "HEAD" || f.event == "LOST"; };
  flows.erase(std::remove_if(flows.begin(), flows.end(), of_the_log), flows.end());
  return flows;
}

Record WithId(uint64_t worker, uint64_t number) {
  Record record = FullRecord();
  record.flow_id_high = worker;
  record.flow_id_low = number;
  return record;
}

std::string IdOf(uint64_t worker, uint64_t number) {
  return DecisionId{.high = worker, .low = number}.ToString();
}

class FlowLogTest : public testing::Test {
 protected:
  void Open(size_t slots = Ring::kDefaultSlots) { OpenWith({}, slots); }

  // OpenWith has a file, and `others` beside it.
  void OpenWith(std::vector<NamedSink> others, size_t slots = Ring::kDefaultSlots) {
    FlowLogOptions options{.chain = {.reporter = TestReporter(), .seal = TestSeal()},
                           .sinks = std::move(others),
                           .ring_slots = slots,
                           .sink_queue_bytes = queue_bytes_,
                           .sample_one_in = sample_one_in_,
                           .rollup_edges = rollup_edges_};
    options.chain.last_line = LastLine(path_).value();
    auto file = FileSink::Open({.path = path_, .max_bytes = file_bytes_}, Clock::Real());
    ASSERT_TRUE(file.ok()) << file.status();
    options.sinks.push_back({"file", *std::move(file)});
    log_ = std::make_unique<FlowLog>(std::move(options));
  }

  SinkStats FileStats() const { return log_->stats().sinks.back(); }

  const tests::TempFolder folder_;
  std::string path_ = folder_.Path("flows.jsonl");
  size_t queue_bytes_ = size_t{4} << 20;
  uint64_t sample_one_in_ = 1;
  uint64_t file_bytes_ = 0;
  size_t rollup_edges_ = 0;
  std::unique_ptr<FlowLog> log_;
};

TEST_F(FlowLogTest, WritesEachRecordOnceInOrderWithASequence) {
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  for (uint64_t i = 1; i <= 1'000; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
  log_->Stop();
  const std::vector<Flow> flows = ReadFlows(path_);
  for (uint64_t i = 0; i < flows.size(); ++i) ASSERT_EQ(flows[i].sequence, i + 1);
  const std::vector<Flow> records = Records(path_);
  ASSERT_EQ(records.size(), 1'000U);
  for (uint64_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i].flow_id, IdOf(1, i + 1));
  EXPECT_EQ(log_->stats().records_written, 1'000U);
  EXPECT_EQ(FileStats().lines_written, flows.size());
}

TEST_F(FlowLogTest, LinksEveryLineToTheOneBeforeAndRunsToEachOther) {
  for (int run = 0; run < 2; ++run) {
    Open();
    Ring& ring = log_->AddRing();
    log_->Start();
    for (uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
    log_->Stop();
  }
  const std::vector<std::string> lines = ReadLines(path_);
  const std::vector<Flow> flows = ReadFlows(path_);
  EXPECT_EQ(flows[0].previous_hash, "");
  for (size_t i = 1; i < lines.size(); ++i) {
    ASSERT_EQ(flows[i].previous_hash, TestHashHex(lines[i - 1])) << i;
  }
  int last = 0;
  for (const Flow& flow : flows) last += flow.head.last ? 1 : 0;
  EXPECT_EQ(last, 2);
  EXPECT_EQ(flows.front().event, "HEAD");
  EXPECT_EQ(flows.back().event, "HEAD");
  EXPECT_TRUE(flows.back().head.last);
}

TEST_F(FlowLogTest, FlushMakesEarlierRecordsVisible) {
  Open();
  Ring& ring = log_->AddRing();
  log_->Flush();  // does not run yet: returns
  log_->Start();
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(ring.Push(WithId(1, i)));
    log_->Flush();
    ASSERT_EQ(Records(path_).size(), i);
  }
  log_->Stop();
  log_->Stop();
  log_->Flush();  // no longer runs: returns
}

TEST_F(FlowLogTest, StopWritesWhatWasPushedBeforeStart) {
  Open();
  Ring& ring = log_->AddRing();
  ASSERT_TRUE(ring.Push(WithId(1, 1)));
  log_->Start();
  log_->Stop();
  EXPECT_EQ(Records(path_).size(), 1U);
}

TEST_F(FlowLogTest, TellsOfALossBetweenTheRecordsItLiesBetween) {
  Open(/*slots=*/4);
  Ring& ring = log_->AddRing();
  for (uint64_t i = 1; i <= 7; ++i) ring.Push(WithId(1, i));  // 5, 6 and 7 find it full
  log_->Start();
  log_->Flush();
  ASSERT_TRUE(ring.Push(WithId(1, 8)));
  log_->Stop();
  const std::vector<Flow> flows = ReadFlows(path_);
  ASSERT_EQ(flows.size(), 8U);  // a HEAD at each end
  EXPECT_EQ(flows[4].flow_id, IdOf(1, 4));
  EXPECT_EQ(flows[5].event, "LOST");
  EXPECT_EQ(flows[5].lost.count, 3U);
  EXPECT_EQ(flows[5].lost.cause, "RING_FULL");
  EXPECT_EQ(flows[5].lost.sink, "");
  EXPECT_EQ(flows[6].flow_id, IdOf(1, 8));
  EXPECT_EQ(log_->stats().records_dropped, 3U);
}

TEST_F(FlowLogTest, AccountsForEveryRecordOfManyWorkers) {
  constexpr uint64_t kWorkers = 3;
  constexpr uint64_t kRecords = 5'000;
  queue_bytes_ = size_t{64} << 20;
  Open(/*slots=*/64);
  std::vector<Ring*> rings;
  for (uint64_t i = 0; i < kWorkers; ++i) rings.push_back(&log_->AddRing());
  log_->Start();
  std::vector<std::thread> workers;
  for (uint64_t worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&rings, worker] {
      for (uint64_t i = 1; i <= kRecords; ++i) rings[worker]->Push(WithId(worker, i));
    });
  }
  for (std::thread& worker : workers) worker.join();
  log_->Stop();
  uint64_t lost = 0;
  for (const Flow& flow : ReadFlows(path_)) lost += flow.lost.count;
  EXPECT_EQ(Records(path_).size() + lost, kWorkers * kRecords);
  EXPECT_EQ(lost, log_->stats().records_dropped);
}

TEST_F(FlowLogTest, LosesNothingAcrossARotation) {
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  ASSERT_TRUE(ring.Push(WithId(1, 1)));
  log_->Flush();
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_TRUE(ring.Push(WithId(1, 2)));
  log_->Flush();
  log_->Reopen();
  ASSERT_TRUE(ring.Push(WithId(1, 3)));
  log_->Stop();
  EXPECT_EQ(Records(path_ + ".1").size(), 2U);
  const std::vector<Flow> after = Records(path_);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].flow_id, IdOf(1, 3));
}

TEST_F(FlowLogTest, ABatchIsNoLargerThanAFileMayBe) {
  constexpr off_t kLimit = off_t{64} << 10;
  file_bytes_ = kLimit;
  Open();
  Ring& ring = log_->AddRing();
  for (uint64_t i = 1; i <= 80; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));  // all at once
  log_->Start();
  log_->Stop();
  size_t records = 0;
  for (const std::string& path : {path_, path_ + ".1", path_ + ".2"}) {
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0) << path;
    EXPECT_LE(info.st_size, kLimit) << path;
    records += Records(path).size();
  }
  EXPECT_EQ(records, 80U);
}

TEST_F(FlowLogTest, ASinkThatHangsHoldsUpNoOther) {
  Receiver hanging;
  hanging.Hold();
  std::vector<NamedSink> others;
  others.push_back({"hanging", hanging.Sink()});
  OpenWith(std::move(others));
  Ring& ring = log_->AddRing();
  log_->Start();
  hanging.WaitForTries(1);
  for (uint64_t i = 1; i <= 1'000; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
  while (FileStats().lines_written < 1'000) std::this_thread::yield();
  hanging.Answer(Delivery::Taken());
  log_->Stop();
  EXPECT_EQ(Records(path_).size(), 1'000U);
}

TEST_F(FlowLogTest, SumsHaveTrueCountsWhateverSamplingLeavesOut) {
  sample_one_in_ = 100;
  rollup_edges_ = 2;
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  for (uint64_t i = 1; i <= 1'000; ++i) {
    Record record = WithId(1, i);
    record.event = i % 2 == 0 ? Event::kRequest : Event::kPeriodic;
    record.verdict = Verdict::kForwarded;
    record.reason = Reason::kNone;
    record.would_be_verdict.reset();
    record.inspection = nullptr;
    record.destination.port = static_cast<uint16_t>(i % 8);  // four edges, two more than fit
    ASSERT_TRUE(ring.Push(std::move(record)));
    if (i % 100 == 0) log_->Flush();
  }
  log_->Stop();
  uint64_t requests = 0;
  uint64_t others = 0;
  uint64_t lines = 0;
  for (const Flow& flow : ReadFlows(path_)) {
    if (flow.event == "REQUEST") ++lines;
    if (flow.event != "ROLLUP") continue;
    requests += flow.rollup.requests;
    if (flow.rollup.others) others += flow.rollup.requests;
  }
  EXPECT_EQ(requests, 500U);
  EXPECT_GE(others, 125U);  // the minute may end in between, and the edges with it
  EXPECT_LT(lines, 100U);
}

TEST_F(FlowLogTest, TellsEverySinkWhatOneOfThemLost) {
  Receiver away;
  away.Answer(Delivery::Later("nobody there"));
  queue_bytes_ = size_t{64} << 10;
  std::vector<NamedSink> others;
  others.push_back({"away", away.Sink()});
  OpenWith(std::move(others));
  Ring& ring = log_->AddRing();
  log_->Start();
  away.WaitForTries(1);
  for (uint64_t i = 1; i <= 1'000; ++i) {
    ASSERT_TRUE(ring.Push(WithId(1, i)));
    if (i % 10 == 0) log_->Flush();
  }
  away.Answer(Delivery::Taken());
  log_->Flush();
  log_->Stop();
  const SinkStats stats = log_->stats().sinks.front();
  EXPECT_GT(stats.TotalLost(), 0U);
  const size_t lines = ReadLines(path_).size();
  EXPECT_EQ(stats.lines_written + stats.TotalLost(), lines) << "each line has one fate";
  EXPECT_EQ(FileStats().lines_written, lines) << "the other sink lost nothing";
  uint64_t told = 0;
  for (const Flow& flow : ReadFlows(path_)) {
    if (flow.event != "LOST") continue;
    EXPECT_EQ(flow.lost.sink, "away");
    EXPECT_LE(flow.lost.first_sequence + flow.lost.count, flow.lost.last_sequence + 1);
    EXPECT_LT(flow.lost.last_sequence, flow.sequence);
    told += flow.lost.count;
  }
  EXPECT_GE(told, stats.TotalLost()) << "what was told in a line that was lost is told again";
}

TEST_F(FlowLogTest, CountsWhatAFullDiskRefuses) {
  path_ = "/dev/full";
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  for (uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
  log_->Flush();
  EXPECT_GE(FileStats().failures, 1U);
  EXPECT_EQ(FileStats().lines_written, 0U);
  log_->Stop();
  EXPECT_EQ(FileStats().TotalLost(), 102U) << "and a HEAD at each end";
}

}  // namespace
}  // namespace firebreak::flows
