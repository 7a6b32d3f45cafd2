#include "flows/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flows/json_encoder.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] = R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE")";

std::string ErrorOf(const std::string& line) {
  const auto flow = ParseFlowLine(line);
  return flow.ok() ? "accepted" : std::string(flow.status().message());
}

TEST(ParseFlowLine, ReadsBackWhatTheEncoderWrote) {
  const Record record = FullRecord();
  std::string line;
  JsonEncoder(TestReporter()).AppendRecord(record, 7, &line);
  line.pop_back();
  const auto flow = ParseFlowLine(line);
  ASSERT_TRUE(flow.ok()) << flow.status();
  EXPECT_EQ(flow->time, record.time);
  EXPECT_EQ(flow->sequence, 7U);
  EXPECT_EQ(flow->event, "CLOSE");
  EXPECT_EQ(flow->verdict, "DROPPED");
  EXPECT_EQ(flow->reporter.workload, "payments");
  EXPECT_EQ(flow->source.principal, *record.source.principal);
  EXPECT_EQ(flow->source.port, 42'742);
  EXPECT_EQ(flow->destination.ip, "fd00::1");
  EXPECT_EQ(flow->tls.svid_not_after, "2027-01-15T09:00:00.000000Z");
  EXPECT_EQ(flow->policy.name, "payments");
  EXPECT_EQ(flow->bytes_sent, record.bytes_sent);
  EXPECT_EQ(flow->detail, *record.detail);
}

TEST(ParseFlowLine, PassesOverFieldsItDoesNotKnow) {
  const auto flow = ParseFlowLine(std::string(kHead) +
                                  R"(,"http":{"method":"GET","source":{"ip":"6.6.6.6"}},)"
                                  R"("matches":[{"ip":"6.6.6.6"},[1,-2,3.5,null,true]],)"
                                  R"("source.ip":"6.6.6.6","source":{"ip":"10.0.0.1","x":[]}})");
  ASSERT_TRUE(flow.ok()) << flow.status();
  EXPECT_EQ(flow->source.ip, "10.0.0.1");
}

TEST(ParseFlowLine, TakesNullAsAbsent) {
  const auto flow = ParseFlowLine(std::string(kHead) + R"(,"verdict":null})");
  ASSERT_TRUE(flow.ok()) << flow.status();
  EXPECT_EQ(flow->verdict, "");
}

TEST(ParseFlowLine, RefusesWhatIsNoFlow) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf("hello"), HasSubstr("not valid JSON at byte 1"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(ErrorOf("17"), HasSubstr("not a JSON object"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("no field \"time\""));
  EXPECT_THAT(ErrorOf(R"({"time":"2027-01-15T08:00:00Z"})"), HasSubstr("no field \"event\""));
  EXPECT_THAT(ErrorOf(std::string(kHead) + "}{}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf(std::string(kHead) + ",\"sni\":\"\xff\"}"), HasSubstr("not valid JSON"));
}

TEST(ParseFlowLine, RefusesAKnownFieldOfTheWrongType) {
  EXPECT_THAT(ErrorOf(R"({"time":17})"), HasSubstr("\"time\" cannot be this number"));
  EXPECT_THAT(ErrorOf(R"({"time":"yesterday"})"), HasSubstr("\"time\""));
  EXPECT_THAT(ErrorOf(R"({"source":"10.0.0.1"})"), HasSubstr("\"source\" cannot be this string"));
  EXPECT_THAT(ErrorOf(R"({"source":[]})"), HasSubstr("\"source\" cannot be this array"));
  EXPECT_THAT(ErrorOf(R"({"source":{"port":65536}})"), HasSubstr("\"source.port\""));
  EXPECT_THAT(ErrorOf(R"({"source":{"ip":{}}})"), HasSubstr("\"source.ip\""));
  EXPECT_THAT(ErrorOf(R"({"bytes_sent":-1})"), HasSubstr("negative"));
  EXPECT_THAT(ErrorOf(R"({"bytes_sent":1.5})"), HasSubstr("fraction"));
  EXPECT_THAT(ErrorOf(R"({"verdict":true})"), HasSubstr("boolean"));
}

TEST(ParseFlowLine, BoundsDepthAndLength) {
  EXPECT_THAT(ErrorOf(R"({"x":)" + std::string(100'000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(std::string(kMaxFlowLineBytes + 1, ' ')), HasSubstr("longer than"));
}

}  // namespace
}  // namespace firebreak::flows
