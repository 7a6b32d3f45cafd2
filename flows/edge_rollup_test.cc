#include "flows/edge_rollup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

using ::testing::ElementsAre;

Record Bytes(const std::string& source = "d/ns/shop/sa/web") {
  Record record;
  record.event = Event::kClose;
  record.verdict = Verdict::kForwarded;
  record.protocol = Protocol::kTcp;
  record.source.principal = Shared(source);
  record.destination.port = 8080;
  record.bytes_sent = 10;
  record.bytes_received = 20;
  record.duration_us = 1'000;
  return record;
}

Record Request(int status, int grpc_status = -1) {
  Record record = Bytes();
  record.event = Event::kRequest;
  record.protocol = Protocol::kHttp1;
  HttpInfo http;
  http.status = status;
  http.grpc = grpc_status >= 0;
  http.grpc_status = grpc_status;
  record.http = std::move(http);
  return record;
}

class EdgeRollupTest : public testing::Test {
 protected:
  std::vector<RollupLine> Lines() {
    std::vector<RollupLine> lines;
    rollup_.HandOn([&](const RollupLine& line) { lines.push_back(line); });
    return lines;
  }
  EdgeSums Only() {
    const std::vector<RollupLine> lines = Lines();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? EdgeSums() : lines[0].sums;
  }

  SimulatedClock clock_;
  EdgeRollup rollup_{10, clock_};
};

TEST_F(EdgeRollupTest, CountsEachEdgeByItself) {
  std::vector<Record> records(6, Bytes());
  records[1].source.principal = Shared("d/ns/shop/sa/other");
  records[2].destination.principal = Shared("d/ns/shop/sa/orders");
  records[3].destination.port = 9090;
  records[4].verdict = Verdict::kDropped;
  records[5].direction = Direction::kOutbound;
  for (int round = 0; round < 3; ++round) {
    for (const Record& record : records) rollup_.Take(record);
  }
  const std::vector<RollupLine> lines = Lines();
  EXPECT_EQ(lines.size(), records.size());
  for (const RollupLine& line : lines) {
    EXPECT_EQ(line.sums.connections, 3u);
    EXPECT_EQ(line.sums.bytes_sent, 30u);
    EXPECT_EQ(line.sums.bytes_received, 60u);
    EXPECT_FALSE(line.edge.others);
  }
  EXPECT_TRUE(Lines().empty()) << "and begins anew";
}

TEST_F(EdgeRollupTest, AConnectionsRequestsBringItsBytes) {
  rollup_.Take(Request(200));
  rollup_.Take(Request(200));
  Record connection = Bytes();
  connection.protocol = Protocol::kHttp1;
  connection.bytes_sent = connection.duration_us = 1'000'000;
  rollup_.Take(connection);
  const EdgeSums sums = Only();
  EXPECT_EQ(sums.connections, 1u);
  EXPECT_EQ(sums.requests, 2u);
  EXPECT_EQ(sums.bytes_sent, 20u);
  EXPECT_EQ(sums.latency_count, 2u);
  EXPECT_EQ(sums.latency_sum_us, 2'000u);
}

TEST_F(EdgeRollupTest, AnOutboundConnectionOfRequestsIsLeftToThem) {
  Record connection = Bytes();
  connection.protocol = Protocol::kHttp2;
  connection.direction = Direction::kOutbound;
  rollup_.Take(connection);
  EXPECT_TRUE(Lines().empty());
  connection.verdict = Verdict::kDropped;
  rollup_.Take(connection);
  EXPECT_EQ(Only().connections, 1u) << "but for one that was refused";
}

TEST_F(EdgeRollupTest, WhatLivesOnIsCountedWhenItHasEnded) {
  for (const Event event : {Event::kOpen, Event::kPeriodic, Event::kPeriodic, Event::kClose}) {
    Record record = Bytes();
    record.event = event;
    rollup_.Take(record);
  }
  EXPECT_EQ(Only().connections, 1u);
}

TEST_F(EdgeRollupTest, ErrorsAreWhatWasAllowedAndFailed) {
  for (const int status : {200, 404, 499, 500, 503}) rollup_.Take(Request(status));
  for (const int grpc : {0, 5, 7, 14}) rollup_.Take(Request(200, grpc));
  EXPECT_EQ(Only().errors, 3u);
  Record failed = Bytes();
  failed.verdict = Verdict::kError;
  rollup_.Take(failed);
  EXPECT_EQ(Only().errors, 1u);
  Record refused = Request(503);
  refused.verdict = Verdict::kDropped;
  rollup_.Take(refused);
  EXPECT_EQ(Only().errors, 0u);
}

TEST_F(EdgeRollupTest, TheHistogramCountsWhatTookNoLonger) {
  for (const int64_t took : {-5, 0, 1'000, 1'001, 100'000, 2'500'001, 10'000'000, 10'000'001}) {
    Record record = Bytes();
    record.duration_us = took;
    rollup_.Take(record);
  }
  const EdgeSums sums = Only();
  EXPECT_EQ(sums.latency_count, 8u);
  EXPECT_THAT(sums.within, ElementsAre(3, 4, 4, 5, 5, 5, 7));
}

TEST_F(EdgeRollupTest, EdgesBeyondTheLimitAreCountedTogether) {
  for (int i = 0; i < 1'000; ++i) {
    Record record = Bytes(absl::StrCat("d/ns/shop/sa/s", i));
    if (i % 2 == 1) record.verdict = Verdict::kDropped;
    rollup_.Take(record);
  }
  rollup_.Take(Bytes("d/ns/shop/sa/s0"));
  uint64_t all = 0;
  uint64_t others = 0;
  const std::vector<RollupLine> lines = Lines();
  for (const RollupLine& line : lines) {
    all += line.sums.connections;
    if (line.edge.others) others += line.sums.connections;
  }
  EXPECT_EQ(lines.size(), 12u) << "ten, and one for each verdict";
  EXPECT_EQ(all, 1'001u);
  EXPECT_EQ(others, 990u) << "an edge that has room keeps it";
}

TEST_F(EdgeRollupTest, EndsWithTheMinuteAndSaysHowLongItWas) {
  EXPECT_EQ(rollup_.UntilDue(), absl::InfiniteDuration());
  clock_.Advance(absl::Seconds(600));
  const absl::Duration into = (clock_.WallNow() - absl::UnixEpoch()) % absl::Minutes(1);
  rollup_.Take(Bytes());
  EXPECT_EQ(rollup_.UntilDue(), absl::Minutes(1) - into);
  clock_.Advance(absl::Minutes(1) - into);
  EXPECT_LE(rollup_.UntilDue(), absl::ZeroDuration());
  EXPECT_EQ(Lines()[0].length, absl::Minutes(1));
  clock_.Advance(absl::Seconds(20));
  rollup_.Take(Bytes());
  EXPECT_EQ(rollup_.UntilDue(), absl::Seconds(40));
  const std::vector<RollupLine> lines = Lines();
  EXPECT_EQ(lines[0].length, absl::Seconds(20)) << "of a sidecar that stops meanwhile";
  EXPECT_EQ(lines[0].time, clock_.WallNow());
}

TEST_F(EdgeRollupTest, IsOffWithoutRoom) {
  EdgeRollup off(0, clock_);
  off.Take(Bytes());
  EXPECT_EQ(off.UntilDue(), absl::InfiniteDuration());
  off.HandOn([](const RollupLine&) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace firebreak::flows
