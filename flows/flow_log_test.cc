#include "flows/flow_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "flows/json_reader.h"
#include "flows/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

std::vector<Flow> ReadFlows(const std::string& path) {
  std::vector<Flow> flows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto flow = ParseFlowLine(line);
    EXPECT_TRUE(flow.ok()) << flow.status() << "\n" << line;
    if (flow.ok()) flows.push_back(*std::move(flow));
  }
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
  void Open(size_t slots = Ring::kDefaultSlots) {
    auto log = FlowLog::Open({.path = path_, .reporter = TestReporter(), .ring_slots = slots});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
  std::unique_ptr<FlowLog> log_;
};

TEST_F(FlowLogTest, WritesEachRecordOnceInOrderWithASequence) {
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  for (uint64_t i = 1; i <= 1'000; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
  log_->Stop();
  const std::vector<Flow> flows = ReadFlows(path_);
  ASSERT_EQ(flows.size(), 1'000U);
  for (uint64_t i = 0; i < flows.size(); ++i) {
    ASSERT_EQ(flows[i].sequence, i + 1);
    ASSERT_EQ(flows[i].flow_id, IdOf(1, i + 1));
  }
  EXPECT_EQ(log_->stats().records_written, 1'000U);
}

TEST_F(FlowLogTest, FlushMakesEarlierRecordsVisible) {
  Open();
  Ring& ring = log_->AddRing();
  log_->Flush();  // does not run yet: returns
  log_->Start();
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(ring.Push(WithId(1, i)));
    log_->Flush();
    ASSERT_EQ(ReadFlows(path_).size(), i);
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
  EXPECT_EQ(ReadFlows(path_).size(), 1U);
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
  ASSERT_EQ(flows.size(), 6U);
  EXPECT_EQ(flows[3].flow_id, IdOf(1, 4));
  EXPECT_EQ(flows[4].event, "LOST");
  EXPECT_EQ(flows[4].lost.count, 3U);
  EXPECT_EQ(flows[4].lost.cause, "RING_FULL");
  EXPECT_EQ(flows[4].sequence, 5U);
  EXPECT_EQ(flows[5].flow_id, IdOf(1, 8));
  EXPECT_EQ(log_->stats().records_dropped, 3U);
}

TEST_F(FlowLogTest, AccountsForEveryRecordOfManyWorkers) {
  constexpr uint64_t kWorkers = 3;
  constexpr uint64_t kRecords = 5'000;
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
  uint64_t records = 0;
  uint64_t lost = 0;
  for (const Flow& flow : ReadFlows(path_)) {
    records += flow.event == "LOST" ? 0 : 1;
    lost += flow.lost.count;
  }
  EXPECT_EQ(records + lost, kWorkers * kRecords);
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
  EXPECT_EQ(ReadFlows(path_ + ".1").size(), 2U);
  const std::vector<Flow> after = ReadFlows(path_);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].sequence, 3U);
}

TEST_F(FlowLogTest, TellsWhatAFullDiskCostWhenThereIsRoomAgain) {
  constexpr uint64_t kRecords = 8'000;  // twice what may wait in memory
  Open();
  Ring& ring = log_->AddRing();
  log_->Start();
  {
    const SizeLimit full(1'000);
    for (uint64_t i = 1; i <= kRecords; ++i) {
      ASSERT_TRUE(ring.Push(WithId(1, i)));
      if (i % 1'000 == 0) log_->Flush();
    }
  }
  log_->Flush();
  ASSERT_TRUE(ring.Push(WithId(1, kRecords + 1)));
  log_->Stop();
  uint64_t records = 0;
  uint64_t lost = 0;
  uint64_t last_sequence = 0;
  for (const Flow& flow : ReadFlows(path_)) {
    records += flow.event == "LOST" ? 0 : 1;
    lost += flow.lost.count;
    EXPECT_EQ(flow.lost.cause, flow.event == "LOST" ? "WRITE_FAILED" : "");
    EXPECT_EQ(flow.sequence, ++last_sequence);
  }
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(records + lost, kRecords + 1);
  EXPECT_EQ(lost, log_->stats().records_unwritten);
}

TEST(FlowLog, CountsWhatAFullDiskRefuses) {
  auto log = FlowLog::Open({.path = "/dev/full", .reporter = TestReporter()});
  ASSERT_TRUE(log.ok()) << log.status();
  Ring& ring = (*log)->AddRing();
  (*log)->Start();
  for (uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(ring.Push(WithId(1, i)));
  (*log)->Flush();
  EXPECT_GE((*log)->stats().write_errors, 1U);
  EXPECT_EQ((*log)->stats().records_written, 0U);
  (*log)->Stop();
  EXPECT_EQ((*log)->stats().records_unwritten, 100U);
}

TEST(FlowLog, BoundsWhatItQueuesForAFileThatRefuses) {
  constexpr uint64_t kRecords = 20'000;  // some 20 MB of text
  auto log = FlowLog::Open({.path = "/dev/full", .reporter = TestReporter()});
  ASSERT_TRUE(log.ok()) << log.status();
  Ring& ring = (*log)->AddRing();
  (*log)->Start();
  uint64_t pushed = 0;
  for (uint64_t i = 1; i <= kRecords; ++i) {
    pushed += ring.Push(WithId(1, i)) ? 1 : 0;
    if (i % 1'000 == 0) (*log)->Flush();
  }
  EXPECT_GT((*log)->stats().records_unwritten, 0U) << "the queue is full long before the end";
  (*log)->Stop();
  EXPECT_GE((*log)->stats().records_unwritten, pushed);
  EXPECT_EQ((*log)->stats().records_written, 0U);
}

}  // namespace
}  // namespace firebreak::flows
