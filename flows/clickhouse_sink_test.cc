#include "flows/clickhouse_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"

#include "flows/clickhouse_table.h"
#include "flows/json_reader.h"
#include "flows/testing.h"
#include "tests/support/http_test_server.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;
using tests::HttpAnswer;
using tests::TestServer;

TEST(ClickHouseTable, EveryFieldOfARowIsAColumn) {
  const std::string line = TestBatch(7).text;
  const Flow flow = ParseFlowLine(line.substr(0, line.size() - 1)).value();
  std::string row;
  AppendClickHouseRow(flow, line.substr(0, line.size() - 1), &row);
  const auto json = nlohmann::json::parse(row);
  EXPECT_EQ(json["time_us"], 1'800'000'000'123'456);
  EXPECT_EQ(json["time"], 1'800'000'000);
  EXPECT_EQ(json["sequence"], 7);
  EXPECT_EQ(json["bytes_sent"], 9'007'199'254'740'993U);
  EXPECT_EQ(json["line"].get<std::string>() + "\n", line);
  for (const ClickHouseDialect dialect :
       {ClickHouseDialect::kPortable, ClickHouseDialect::kModern}) {
    const std::string schema = ClickHouseSchema("firebreak.flows", dialect);
    EXPECT_THAT(schema, HasSubstr("CREATE DATABASE IF NOT EXISTS firebreak;"));
    for (const auto& [name, value] : json.items()) {
      EXPECT_THAT(schema, HasSubstr("\n  " + name + " ")) << name;
    }
  }
}

TEST(ClickHouseTable, TheBytesOfARequestAreThoseOfItsBodies) {
  Flow flow;
  flow.event = "REQUEST";
  flow.http.request_bytes = 100;
  flow.http.response_bytes = 2'000;
  std::string row;
  AppendClickHouseRow(flow, "{}", &row);
  EXPECT_EQ(nlohmann::json::parse(row)["bytes_sent"], 100);
  EXPECT_EQ(nlohmann::json::parse(row)["bytes_received"], 2'000);
}

TEST(ClickHouseTable, SumsAndIntervalsHaveColumns) {
  Flow flow;
  flow.event = "ROLLUP";
  flow.rollup.requests = 1'000;
  flow.rollup.within_5ms = 990;
  flow.rollup.others = true;
  flow.rollup.bytes_sent = 7;
  flow.interval.bytes_received = 3;
  std::string row;
  AppendClickHouseRow(flow, "{}", &row);
  const auto json = nlohmann::json::parse(row);
  EXPECT_EQ(json["rollup_requests"], 1'000);
  EXPECT_EQ(json["rollup_within_5ms"], 990);
  EXPECT_EQ(json["rollup_others"], 1);
  EXPECT_EQ(json["rollup_bytes_sent"], 7);
  EXPECT_EQ(json["interval_bytes_received"], 3);
  EXPECT_FALSE(json.contains("bytes_sent")) << "of one flow, which this is not";
  const std::string schema = ClickHouseSchema("firebreak.flows", ClickHouseDialect::kPortable);
  for (const auto& [name, value] : json.items()) {
    EXPECT_THAT(schema, HasSubstr("\n  " + name + " ")) << name;
  }
  EXPECT_THAT(schema, HasSubstr("VIEW IF NOT EXISTS firebreak_views.rollups AS"));
  EXPECT_THAT(schema, HasSubstr("rollup_latency_sum_us AS latency_sum_us"));
  EXPECT_THAT(schema, HasSubstr("VIEW IF NOT EXISTS firebreak_views.progress AS"));
}

TEST(ClickHouseTable, ThePortableOneUsesNothingNew) {
  const std::string schema = ClickHouseSchema("t", ClickHouseDialect::kPortable);
  for (const char* news : {"LowCardinality", "CODEC", "TTL", "DateTime64"}) {
    EXPECT_FALSE(absl::StrContains(schema, news)) << news;
  }
}

TEST(ClickHouseVerdict, TellsTheDatasFaultFromOthers) {
  const auto fate = [](int status, const std::string& body) {
    return ClickHouseVerdict({.status = status, .body = body}).fate;
  };
  using Fate = Delivery::Fate;
  EXPECT_EQ(fate(200, ""), Fate::kTaken);
  EXPECT_EQ(fate(400, "Code: 27, e.displayText() = DB::Exception: Cannot parse"), Fate::kRefused);
  EXPECT_EQ(fate(500, "Code: 117. DB::Exception: Unknown field"), Fate::kRefused);
  EXPECT_EQ(fate(413, ""), Fate::kRefused);
  EXPECT_EQ(fate(404, "Code: 60. DB::Exception: Table does not exist"), Fate::kLater);
  EXPECT_EQ(fate(500, "Code: 252, too many parts"), Fate::kLater);
  EXPECT_EQ(fate(401, "Code: 193, wrong password"), Fate::kLater);
  EXPECT_EQ(fate(503, "nonsense"), Fate::kLater);
  EXPECT_EQ(fate(302, ""), Fate::kLater);
}

TEST(ClickHouseSink, InsertsOneRowALine) {
  TestServer server({{HttpAnswer(200, "")}});
  ClickHouseSink sink({.endpoint = {.host = "127.0.0.1", .port = server.port()},
                       .table = "firebreak.flows",
                       .user = "u",
                       .password = "p"},
                      Clock::Real());
  EXPECT_EQ(sink.Deliver(TestBatch(1, 3)).fate, Delivery::Fate::kTaken);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_THAT(requests[0].first,
              HasSubstr("query=INSERT%20INTO%20firebreak.flows%20FORMAT%20JSONEachRow HTTP/1.1"));
  EXPECT_THAT(requests[0].first, HasSubstr("Content-Encoding: gzip"));
  EXPECT_THAT(requests[0].first, HasSubstr("X-ClickHouse-User: u\r\nX-ClickHouse-Key: p"));
}

TEST(ClickHouseSink, NobodyThereIsForLater) {
  uint16_t port = 0;
  {
    TestServer server({});
    port = server.port();
  }
  ClickHouseSink sink({.endpoint = {.host = "127.0.0.1", .port = port}, .table = "t"},
                      Clock::Real());
  EXPECT_EQ(sink.Deliver(TestBatch(1)).fate, Delivery::Fate::kLater);
}

}  // namespace
}  // namespace firebreak::flows
