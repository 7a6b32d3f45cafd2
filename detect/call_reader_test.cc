#include "detect/call_reader.h"

#include <gtest/gtest.h>

#include <optional>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

class CallReaderTest : public ::testing::Test {
 protected:
  std::optional<Call> Read(const flows::Flow& flow) { return reader_.Read(flow, names_); }

  CallReader reader_;
  Names names_;
};

const TestCall kCall = {"web", "orders", kTestStartUs, 20'000};

TEST_F(CallReaderTest, ALineThatCameBeforeIsNoCall) {
  const flows::Flow flow = RecordOf(kCall, true);
  EXPECT_TRUE(Read(flow).has_value());
  EXPECT_FALSE(Read(flow).has_value());
  EXPECT_EQ(reader_.duplicates(), 1u);
}

TEST_F(CallReaderTest, OfTwoReportsOfACallTheCallersIsJudged) {
  EXPECT_EQ(Read(RecordOf(kCall, true))->role, SourceRole::kJudge);
  const auto other = Read(RecordOf(kCall, false));
  EXPECT_EQ(other->role, SourceRole::kWitness);
  EXPECT_TRUE(other->received);
}

TEST_F(CallReaderTest, ACallerThatWritesNoRecordsIsJudgedByTheCallees) {
  EXPECT_EQ(Read(RecordOf(kCall, false))->role, SourceRole::kJudge);
}

TEST_F(CallReaderTest, BothReportsNameTheSamePods) {
  const auto callee = Read(RecordOf(kCall, false));
  const auto caller = Read(RecordOf(kCall, true));
  EXPECT_EQ(caller->destination_pod, callee->destination_pod);
  EXPECT_EQ(Read(RecordOf(kCall, false))->source_pod, caller->source_pod);
}

TEST_F(CallReaderTest, AnHttpConnectionIsItsRequests) {
  flows::Flow flow = RecordOf(kCall, true);
  ASSERT_TRUE(Read(flow).has_value());
  flow.event = "CLOSE";
  flow.http = {};
  EXPECT_FALSE(Read(flow).has_value());
}

TEST_F(CallReaderTest, AConnectionThatWasJudgedWhileItLivedIsNotJudgedAtItsEnd) {
  flows::Flow flow = RecordOf(kCall, true);
  flow.http = {};
  flow.protocol = "TCP";
  flow.event = "OPEN";
  EXPECT_EQ(Read(flow)->role, SourceRole::kJudge);
  flow.event = "PERIODIC";
  EXPECT_EQ(Read(flow)->role, SourceRole::kNone);
  flow.event = "CLOSE";
  EXPECT_EQ(Read(flow)->role, SourceRole::kNone);
}

TEST_F(CallReaderTest, ARequestThatLivesOnIsReadWhenItHasEnded) {
  flows::Flow flow = RecordOf(kCall, true);
  flow.event = "PERIODIC";
  for (const char* protocol : {"HTTP1", "HTTP2", "GRPC", "WEBSOCKET"}) {
    flow.protocol = protocol;
    flow.time += absl::Seconds(60);
    EXPECT_FALSE(Read(flow).has_value()) << protocol;
  }
  flow.event = "REQUEST";
  EXPECT_TRUE(Read(flow).has_value());
}

TEST_F(CallReaderTest, WhoeverHasNoIdentityIsWhoeverIsInThePod) {
  const NameId web = Read(RecordOf(kCall, true))->source;
  flows::Flow raw = RecordOf(kCall, false);
  raw.source.principal.clear();
  raw.verdict = "DROPPED";
  raw.reason = "TLS_FAILURE";
  EXPECT_EQ(Read(raw)->source, web);
  EXPECT_EQ(Read(RecordOf(kCall, false))->outcome, Outcome::kCarried);
}

TEST_F(CallReaderTest, AClientOfAnotherWorldIsNotJudged) {
  flows::Flow flow = RecordOf(kCall, false);
  flow.source = {};
  flow.source.ip = "198.51.100.7";
  const auto call = Read(flow);
  EXPECT_EQ(call->role, SourceRole::kNone);
  EXPECT_TRUE(call->received);
}

TEST_F(CallReaderTest, NothingInARecordIsTooLong) {
  flows::Flow flow = RecordOf(kCall, true);
  flow.duration_us = ~uint64_t{0};
  flow.source.principal.assign(1 << 20, 'a');
  const auto call = Read(flow);
  ASSERT_TRUE(call.has_value());
  EXPECT_LT(call->start_us, call->end_us);
  EXPECT_EQ(names_.Text(call->source).size(), Names::kMaxBytes);
}

}  // namespace
}  // namespace firebreak::detect
