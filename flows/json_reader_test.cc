#include "flows/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

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

TEST(ParseFlowLine, NothingEndsALineBeforeItsEnd) {
  const std::string line = absl::StrCat(kHead, "}");
  EXPECT_EQ(ErrorOf(absl::StrCat(line, " \t\r")), "accepted");
  const std::string forged = line + std::string(1, '\0') + R"({"verdict":"DROPPED"})";
  EXPECT_EQ(ErrorOf(forged), absl::StrCat("a control character at byte ", line.size() + 1));
  EXPECT_THAT(ErrorOf("\x01" + line), HasSubstr("control character at byte 1"));
}

TEST(ParseFlowLine, ReadsBackWhatTheEncoderWrote) {
  const Record record = FullRecord();
  std::string line;
  JsonEncoder(TestReporter())
      .AppendRecord(record, {.sequence = 7, .previous_hash = "ab12"}, 10, &line);
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
  EXPECT_EQ(flow->http.method, "POST");
  EXPECT_EQ(flow->http.authority, record.http->authority);
  EXPECT_EQ(flow->http.path, record.http->path);
  EXPECT_EQ(flow->http.path_template, *record.http->path_template);
  EXPECT_TRUE(flow->http.has_query);
  EXPECT_EQ(flow->http.status, 200);
  EXPECT_EQ(flow->http.request_bytes, 120U);
  EXPECT_EQ(flow->http.response_bytes, record.http->response_bytes);
  EXPECT_EQ(flow->http.user_agent, record.http->user_agent);
  EXPECT_EQ(flow->grpc.service, "shop.ledger.v1.Ledger");
  EXPECT_EQ(flow->grpc.method, "Append");
  EXPECT_EQ(flow->grpc.status, 7U);
  EXPECT_EQ(flow->trace_id, *record.trace_id);
  EXPECT_EQ(flow->inflight_inbound, 0U);
  EXPECT_EQ(flow->parent_flow_id, "00000000000000030000000000000004");
  EXPECT_EQ(flow->weight, 10U);
  EXPECT_EQ(flow->run_id, "0f1e2d3c4b5a6978");
  EXPECT_EQ(flow->previous_hash, "ab12");
  EXPECT_EQ(flow->inspection.score, 10U);
  EXPECT_EQ(flow->inspection.action, "BLOCK");
  ASSERT_EQ(flow->inspection.matches.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const InspectionMatch& written = record.inspection->matches[i];
    const auto& read = flow->inspection.matches[i];
    EXPECT_EQ(read.id, written.id);
    EXPECT_EQ(read.category, written.category);
    EXPECT_EQ(read.field, written.field);
    EXPECT_EQ(read.excerpt, written.excerpt);
    EXPECT_EQ(read.pack, written.pack);
    EXPECT_EQ(read.cve, written.cve);
  }
}

TEST(ParseFlowLine, ReadsLinesThatTellOfTheLogItself) {
  const JsonEncoder encoder(TestReporter());
  std::string line;
  encoder.AppendLost({.count = 2,
                      .cause = LostCause::kSpoolFull,
                      .sink = "otlp",
                      .first_sequence = 5,
                      .last_sequence = 8},
                     absl::FromUnixSeconds(0), {.sequence = 9}, &line);
  line.pop_back();
  const auto lost = ParseFlowLine(line);
  ASSERT_TRUE(lost.ok()) << lost.status();
  EXPECT_EQ(lost->lost.count, 2U);
  EXPECT_EQ(lost->lost.cause, "SPOOL_FULL");
  EXPECT_EQ(lost->lost.sink, "otlp");
  EXPECT_EQ(lost->lost.first_sequence, 5U);
  EXPECT_EQ(lost->lost.last_sequence, 8U);
  EXPECT_EQ(lost->weight, 1U);

  line.clear();
  encoder.AppendHead({.records = 3, .last = true, .algorithm = "a", .certificate_chain = "MIIB"},
                     absl::FromUnixSeconds(0), {.sequence = 9}, &line);
  JsonEncoder::AppendSignature("c2lnbg==", &line);
  line.pop_back();
  const auto head = ParseFlowLine(line);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->event, "HEAD");
  EXPECT_EQ(head->head.records, 3U);
  EXPECT_TRUE(head->head.last);
  EXPECT_EQ(head->head.algorithm, "a");
  EXPECT_EQ(head->head.certificate_chain, "MIIB");
  EXPECT_EQ(head->signature, "c2lnbg==");
}

TEST(ParseFlowLine, TakesMatchesOnlyWhereTheyStand) {
  for (const absl::string_view odd :
       {R"("inspection":{"matches[]":{"":{"id":"x"}}})", R"("matches":[{"id":"x"}])",
        R"("inspection":{"matches":[[{"id":"x"}],1,null,"x"]})",
        R"("inspection":{"other":[{"id":"x"}]})", R"("inspection":{"matches":[],"z":[{"id":"x"}]})",
        R"("inspection":{"y":{"matches":[{"id":"x"}]}})"}) {
    const auto flow = ParseFlowLine(absl::StrCat(kHead, ",", odd, "}"));
    ASSERT_TRUE(flow.ok()) << odd << flow.status();
    for (const auto& match : flow->inspection.matches) EXPECT_EQ(match.id, "") << odd;
  }
  EXPECT_FALSE(ParseFlowLine(absl::StrCat(kHead, R"(,"inspection":{"matches":[{"id":1}]}})")).ok());
  EXPECT_FALSE(ParseFlowLine(absl::StrCat(kHead, R"(,"inspection":[]})")).ok());
}

TEST(ParseFlowLine, TellsTheGrpcStatusOkFromNone) {
  const std::string head(kHead);
  EXPECT_EQ(ParseFlowLine(head + R"(,"grpc":{"status":0}})")->grpc.status, 0U);
  EXPECT_EQ(ParseFlowLine(head + R"(,"grpc":{"method":"M"}})")->grpc.status, std::nullopt);
}

TEST(ParseFlowLine, PassesOverFieldsItDoesNotKnow) {
  const auto flow = ParseFlowLine(std::string(kHead) +
                                  R"(,"http":{"protocol":["x"],"source":{"ip":"6.6.6.6"}},)"
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
  for (const char* time : {"infinite-future", "infinite-past", "10000-01-15T08:00:00Z",
                           "+2027-01-15T08:00:00Z", " 2027-01-15T08:00:00Z", "2027"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(R"({"time":")", time, R"(","event":"CLOSE"})")),
                HasSubstr("\"time\""))
        << time;
  }
  EXPECT_THAT(ErrorOf(R"({"time":"yesterday"})"), HasSubstr("\"time\""));
  EXPECT_THAT(ErrorOf(R"({"source":"10.0.0.1"})"), HasSubstr("\"source\" cannot be this string"));
  EXPECT_THAT(ErrorOf(R"({"source":[]})"), HasSubstr("\"source\" cannot be this array"));
  EXPECT_THAT(ErrorOf(R"({"source":{"port":65536}})"), HasSubstr("\"source.port\""));
  EXPECT_THAT(ErrorOf(R"({"source":{"ip":{}}})"), HasSubstr("\"source.ip\""));
  EXPECT_THAT(ErrorOf(R"({"bytes_sent":-1})"), HasSubstr("negative"));
  EXPECT_THAT(ErrorOf(R"({"bytes_sent":1.5})"), HasSubstr("fraction"));
  EXPECT_THAT(ErrorOf(R"({"verdict":true})"), HasSubstr("boolean"));
  EXPECT_THAT(ErrorOf(R"({"http":"GET /"})"), HasSubstr("\"http\" cannot be this string"));
  EXPECT_THAT(ErrorOf(R"({"http":{"status":"200"}})"), HasSubstr("\"http.status\""));
  EXPECT_THAT(ErrorOf(R"({"http":{"status":65736}})"), HasSubstr("\"http.status\""));
  EXPECT_THAT(ErrorOf(R"({"http":{"has_query":1}})"), HasSubstr("\"http.has_query\""));
  EXPECT_THAT(ErrorOf(R"({"grpc":[]})"), HasSubstr("\"grpc\" cannot be this array"));
  EXPECT_THAT(ErrorOf(R"({"grpc":{"status":-1}})"), HasSubstr("negative"));
}

TEST(ParseFlowLine, BoundsDepthAndLength) {
  EXPECT_THAT(ErrorOf(R"({"x":)" + std::string(100'000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(std::string(kMaxFlowLineBytes + 1, ' ')), HasSubstr("longer than"));
}

}  // namespace
}  // namespace firebreak::flows
