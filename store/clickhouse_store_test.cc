#include "store/clickhouse_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "store/clickhouse_answer.h"
#include "tests/support/http_test_server.h"

namespace firebreak::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::HttpAnswer;
using tests::TestServer;

std::string StoreAt(const TestServer& server) {
  return absl::StrCat("clickhouse://127.0.0.1:", server.port(), "/firebreak.flows");
}

std::string Sized(absl::string_view text) {
  std::string out;
  size_t size = text.size();
  for (; size >= 128; size >>= 7) out.push_back(static_cast<char>((size & 0x7f) | 0x80));
  out.push_back(static_cast<char>(size));
  return absl::StrCat(out, text);
}

TEST(RowBinaryLines, AreTheSameHoweverTheAnswerIsCut) {
  const std::string bytes = absl::StrCat(Sized("one"), Sized(""), Sized(std::string(300, 'x')));
  for (size_t step : {size_t{1}, size_t{2}, size_t{7}, bytes.size()}) {
    std::vector<std::string> got;
    RowBinaryLines lines([&got](absl::string_view line) {
      got.emplace_back(line);
      return absl::OkStatus();
    });
    for (size_t at = 0; at < bytes.size(); at += step) {
      ASSERT_TRUE(lines.Feed(absl::string_view(bytes).substr(at, step)).ok());
    }
    EXPECT_TRUE(lines.End().ok());
    EXPECT_THAT(got, ElementsAre("one", "", std::string(300, 'x')));
  }
}

TEST(RowBinaryLines, RefuseALengthThatNoLineHasAndAnEndWithinOne) {
  const auto take = [](absl::string_view /*line*/) { return absl::OkStatus(); };
  EXPECT_FALSE(RowBinaryLines(take).Feed("\xff\xff\xff\x7f").ok());
  EXPECT_FALSE(RowBinaryLines(take).Feed("\xff\xff\xff\xff\xff").ok());
  RowBinaryLines cut(take);
  EXPECT_TRUE(cut.Feed("\x05one").ok());
  EXPECT_FALSE(cut.End().ok());
}

TEST(TypedRows, HaveNamesTypesAndAbsentCells) {
  std::vector<std::string> names;
  std::vector<std::vector<Value>> rows;
  TypedRows reader([&names](const std::vector<std::string>& header) { names = header; },
                   [&rows](absl::Span<const Value> row) {
                     rows.emplace_back(row.begin(), row.end());
                     return absl::OkStatus();
                   });
  const std::string answer =
      "n\tf\tt\nNullable(UInt64)\tFloat64\tString\n18446744073709551615\t0."
      "5\ta\\tb\\\\N\n\\N\t1\t\n";
  for (const char byte : answer) ASSERT_TRUE(reader.Feed(absl::string_view(&byte, 1)).ok());
  EXPECT_TRUE(reader.End().ok());
  EXPECT_THAT(names, ElementsAre("n", "f", "t"));
  EXPECT_THAT(rows, ElementsAre(ElementsAre(Value(INT64_MAX), Value(0.5), Value("a\tb\\N")),
                                ElementsAre(Value(), Value(1.0), Value(""))));
}

TEST(TypedRows, TellWhenTheAnswerHasAnotherForm) {
  const auto header = [](const std::vector<std::string>& /*names*/) {};
  const auto row = [](absl::Span<const Value> /*row*/) { return absl::OkStatus(); };
  TypedRows one_line(header, row);
  EXPECT_TRUE(one_line.Feed("{\"data\":[]}\n").ok());
  EXPECT_THAT(one_line.End().message(), HasSubstr("leave FORMAT out"));
  TypedRows ragged(header, row);
  EXPECT_FALSE(ragged.Feed("a\tb\nUInt8\tUInt8\n1\n").ok());
}

TEST(ClickHouseStore, TakesTheAddressesThatItsErrorNames) {
  for (const char* good : {"clickhouse://db", "clickhouse://reader@db:9123/logs.flows",
                           "clickhouse://[::1]:8123/", "clickhouse://10.0.0.1"}) {
    EXPECT_TRUE(ClickHouseStore::Open(good, Clock::Real()).ok()) << good;
  }
  for (const char* bad : {"clickhouse://", "clickhouse://db:0", "clickhouse://db:99999",
                          "clickhouse://@db", "clickhouse://db/flows", "clickhouse://db/a.b;drop",
                          "clickhouse://[::1", "clickhouse://db:80x"}) {
    EXPECT_THAT(ClickHouseStore::Open(bad, Clock::Real()).status().message(),
                HasSubstr("clickhouse://[user@]host"))
        << bad;
  }
  EXPECT_THAT(ClickHouseStore::Open("clickhouse://me:secret@db", Clock::Real()).status().message(),
              testing::AllOf(HasSubstr("FIREBREAK_CLICKHOUSE_PASSWORD"),
                             testing::Not(HasSubstr("secret"))));
}

TEST(ClickHouseStore, AsksForNothingButReading) {
  TestServer server({{HttpAnswer(200, "n\nUInt64\n7\n8\n")}});
  auto store = ClickHouseStore::Open(StoreAt(server), Clock::Real());
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<Value> got;
  const auto result = store->Run(
      "SELECT 7", {.max_rows = 1}, [](const std::vector<std::string>& /*names*/) {},
      [&got](absl::Span<const Value> row) { got.insert(got.end(), row.begin(), row.end()); });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->cut);
  EXPECT_THAT(got, ElementsAre(Value(int64_t{7})));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_THAT(server.requests()[0].first, HasSubstr("readonly=2&database=firebreak_views"));
  EXPECT_EQ(server.requests()[0].second, "SELECT 7");
}

TEST(ClickHouseStore, WaitsADayForWhoeverWouldWaitForEver) {
  TestServer server({{HttpAnswer(200, "n\nUInt64\n7\n")}});
  auto store = ClickHouseStore::Open(StoreAt(server), Clock::Real());
  ASSERT_TRUE(store.ok()) << store.status();
  const auto result = store->Run(
      "SELECT 7", {.max_rows = 0, .max_time = absl::InfiniteDuration()},
      [](const std::vector<std::string>& /*names*/) {}, [](absl::Span<const Value> /*row*/) {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rows, 1U);
  EXPECT_THAT(server.requests()[0].first, HasSubstr("max_execution_time=86400"));
}

TEST(ClickHouseStore, AsksForLinesInTheOrderOfTime) {
  TestServer server({{HttpAnswer(200, "")}});
  auto store = ClickHouseStore::Open(StoreAt(server), Clock::Real());
  ASSERT_TRUE(store.ok()) << store.status();
  const auto all = [](flows::Flow& /*flow*/) { return true; };
  ASSERT_TRUE(store->ForEach(absl::InfinitePast(), absl::InfiniteFuture(), all).ok());
  EXPECT_THAT(server.requests()[0].second, HasSubstr(" ORDER BY time_us, "));
}

TEST(ClickHouseStore, AnErrorInTheMiddleOfAnAnswerIsOne) {
  const std::string answer =
      absl::StrCat(Sized(R"({"time":"2026-01-01T00:00:00Z","event":"CLOSE","sequence":1})"),
                   "Code: 241, e.displayText() = DB::Exception: Memory limit (total) exceeded: "
                   "would use 9.32 GiB");
  TestServer server({{HttpAnswer(200, answer)}});
  auto store = ClickHouseStore::Open(StoreAt(server), Clock::Real());
  ASSERT_TRUE(store.ok()) << store.status();
  int taken = 0;
  const absl::Status read =
      store->ForEach(absl::InfinitePast(), absl::InfiniteFuture(), [&taken](flows::Flow& /*flow*/) {
        ++taken;
        return true;
      });
  EXPECT_EQ(taken, 1);
  EXPECT_TRUE(absl::IsDataLoss(read)) << read;
}

TEST(ClickHouseStore, SaysWhatTheServerSays) {
  TestServer server({{HttpAnswer(500, "Code: 60. Table firebreak.flows\x1b[2J doesn't exist")}});
  auto store = ClickHouseStore::Open(StoreAt(server), Clock::Real());
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status read = store->ForEach(absl::InfinitePast(), absl::InfiniteFuture(),
                                           [](flows::Flow&) { return true; });
  EXPECT_THAT(read.message(), HasSubstr("doesn't exist"));
  EXPECT_THAT(read.message(), testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace firebreak::store
