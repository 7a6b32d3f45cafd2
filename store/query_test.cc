#include "store/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/simulated_clock.h"
#include "store/catalog.h"
#include "store/columns.h"
#include "store/flow_store.h"
#include "store/segment_files.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

using ::testing::HasSubstr;

std::string Text(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* fraction = std::get_if<double>(&value)) return absl::StrCat(*fraction);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

// A store of 3,000 flows in three segments.
class QueryTest : public testing::Test {
 protected:
  QueryTest() {
    auto store = FlowStore::Open(path_, clock_);
    for (uint64_t i = 0; i < 3'000; ++i) {
      flows::Flow flow = NumberedFlow(i);
      EXPECT_TRUE(store->Add(flow).ok());
      if (i % 1'000 != 999) continue;
      EXPECT_TRUE(store->Flush().ok());
    }
    auto query = Query::Open(path_, clock_);
    EXPECT_TRUE(query.ok()) << query.status();
    query_ = *std::move(query);
  }

  absl::StatusOr<QueryResult> Run(const std::string& sql, std::string* rows,
                                  QueryLimits limits = {}) {
    return query_->Run(
        sql, limits, [](const std::vector<std::string>&) {},
        [rows](absl::Span<const Value> row) {
          for (const Value& value : row) absl::StrAppend(rows, Text(value), " ");
          absl::StrAppend(rows, "\n");
        });
  }
  std::string Answer(const std::string& sql) {
    std::string rows;
    const auto result = Run(sql, &rows);
    return result.ok() ? rows : absl::StrCat("error: ", result.status().message());
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  SimulatedClock clock_{kTestStart + absl::Seconds(5'000)};
  std::unique_ptr<Query> query_;
};

TEST_F(QueryTest, AnswersOverFlowsOfAllSegments) {
  EXPECT_EQ(Answer("SELECT count(*), sum(http_response_bytes), min(time), max(time_us) FROM flows"),
            "3000 4498500 2027-01-15T08:00:00.000000Z 1800002999000000 \n");
  EXPECT_EQ(Answer("SELECT verdict, count(*) FROM flows GROUP BY verdict ORDER BY verdict"),
            "DROPPED 300 \nFORWARDED 2700 \n");
  EXPECT_EQ(Answer("SELECT source_port, tls_version, reason FROM flows WHERE http_path = '/v1/7'"),
            "NULL NULL NULL \n")
      << "what is absent is NULL";
}

TEST_F(QueryTest, WhatLivesOnIsCountedApartAndNeverTwice) {
  auto store = FlowStore::Open(path_, clock_);
  const char* const events[] = {"OPEN", "PERIODIC", "PERIODIC", "CLOSE"};
  for (uint64_t i = 0; i < 4; ++i) {
    flows::Flow flow = NumberedFlow(4'000 + i);
    flow.flow_id = "0123456789abcdefffffffffffffffff";
    flow.event = events[i];
    flow.protocol = "TCP";
    flow.http = {};
    flow.source.principal = "d/ns/shop/sa/long";
    flow.bytes_sent = 100 * i;
    flow.interval.bytes_sent = i == 0 ? 0 : 100;
    EXPECT_TRUE(store->Add(flow).ok());
  }
  EXPECT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT count(*), sum(bytes_sent) FROM flows"), "3001 300 \n");
  EXPECT_EQ(Answer("SELECT event, bytes_sent, interval_bytes_sent FROM progress ORDER BY time"),
            "OPEN NULL NULL \nPERIODIC 100 100 \nPERIODIC 200 100 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM progress WHERE time < '2027-01-15T08:20'"), "0 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE event = 'PERIODIC'"), "0 \n");
  EXPECT_EQ(Answer("SELECT sum(connections), sum(requests), sum(bytes_sent) FROM edges WHERE "
                   "source = 'd/ns/shop/sa/long'"),
            "1 0 300 \n");
}

TEST_F(QueryTest, WhatALaterVersionWritesIsShownAndAddedToNothing) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow later = NumberedFlow(4'000);
  later.event = "MIGRATED";
  later.bytes_sent = 7;
  later.duration_us = 0;
  EXPECT_TRUE(store->Add(later).ok());
  later.sequence += 1;
  later.source = later.destination = {};
  EXPECT_TRUE(store->Add(later).ok());
  EXPECT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT count(*) FROM flows"), "3000 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM progress"), "0 \n");
  EXPECT_EQ(Answer("SELECT sum(requests), sum(connections) FROM edges"), "3000 0 \n");
  EXPECT_EQ(Answer("SELECT event, bytes_sent, duration_us FROM unknown_events"),
            "MIGRATED 7 NULL \nMIGRATED 7 NULL \n");
  EXPECT_EQ(
      Answer("SELECT count(*) FROM unknown_events WHERE source_principal = 'd/ns/shop/sa/s0'"),
      "1 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM identities WHERE name = 'unknown'"), "0 \n");
}

TEST_F(QueryTest, SumsOfSidecarsStandApartFromWhatTheySum) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow sums = NumberedFlow(4'000);
  sums.event = "ROLLUP";
  sums.flow_id.clear();
  sums.http = {};
  sums.rollup.requests = 1'000;
  sums.rollup.within_5ms = 990;
  EXPECT_TRUE(store->Add(sums).ok());
  sums.sequence += 1;
  sums.source = sums.destination = {};
  sums.rollup.others = true;
  EXPECT_TRUE(store->Add(sums).ok());
  EXPECT_EQ(*store->Add(sums), FlowStore::Added::kDuplicate);
  EXPECT_TRUE(store->Flush().ok()) << "though there is no row for a segment";
  EXPECT_EQ(Answer("SELECT source, destination, destination_port, requests, within_5ms, others "
                   "FROM rollups ORDER BY others"),
            "d/ns/shop/sa/s0 d/ns/shop/sa/t1 8080 1000 990 0 \nNULL NULL NULL 1000 990 1 \n");
  EXPECT_EQ(Answer("SELECT time FROM rollups LIMIT 1"), "2027-01-15T09:06:40.000000Z \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows"), "3000 \n");
  EXPECT_EQ(Answer("SELECT sum(requests) FROM edges"), "3000 \n");
}

TEST_F(QueryTest, ReadsOnlyTheSegmentsOfTheTimeThatIsAskedFor) {
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time >= '2027-01-15T08:33:20Z'"), "1000 \n");
  EXPECT_EQ(query_->segments_read(), 1);
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time_us < 1800000010000000"), "10 \n");
  EXPECT_EQ(query_->segments_read(), 2);
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time BETWEEN '2027-01-15T08:20' AND "
                   "'2027-01-15T08:21'"),
            "61 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time LIKE '2027-01-15T08:00:0%'"), "10 \n");
}

TEST_F(QueryTest, ALineOfYear1MakesNobodyLookForItsSuccessorsAmongTheLinesOfToday) {
  auto store = FlowStore::Open(path_, clock_);
  for (uint64_t i = 3'000; i < 3'100; ++i) EXPECT_TRUE(store->Add(NumberedFlow(i)).ok());
  flows::Flow odd = NumberedFlow(3'100);
  odd.time = absl::FromUnixSeconds(-62'135'596'800);
  EXPECT_TRUE(store->Add(odd).ok());
  EXPECT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time < '2027-01-15T08:00:10Z' AND time > "
                   "'2027-01-14'"),
            "10 \n");
  EXPECT_EQ(query_->segments_read(), 1) << "neither those of the odd one nor those beside it";
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time < '0002-01-01'"), "1 \n");
  EXPECT_EQ(query_->segments_read(), 2);
}

TEST_F(QueryTest, TimesCompareAsTimesHoweverTheyAreWritten) {
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time >= '2027-01-15' AND time < '2027-01-16'"),
            "3000 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time <= '2027-01-15T08'"), "1 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time < '2027-01-15T08:00:00.000001Z' OR "
                   "time = '2027-01-15T08:00:05Z'"),
            "2 \n");
}

TEST_F(QueryTest, ATimeIsTheSameHoweverItIsWrittenAndWhereverItIsCompared) {
  for (const char* time :
       {"2027-01-15T08:33:20Z", "2027-01-15 08:33:20", "2027-01-15T10:33:20+02:00",
        "2027-01-15t03:33:20.000-05:00", "2027-01-15 08:33:20Z"}) {
    const auto count = [&](const std::string& where) {
      return Answer(
          absl::StrCat("SELECT count(*) FROM flows WHERE ",
                       absl::StrReplaceAll(where, {{"$", absl::StrCat("'", time, "'")}})));
    };
    EXPECT_EQ(count("time >= $"), "1000 \n") << time;
    EXPECT_EQ(count("$ <= time"), "1000 \n") << time;
    EXPECT_EQ(count("time = $"), "1 \n") << time;
    EXPECT_EQ(count("time <> $"), "2999 \n") << time;
    EXPECT_EQ(count("NOT time < $"), "1000 \n") << time;
    EXPECT_EQ(count("time IN ($, '2027-01-15')"), "1 \n") << time;
    EXPECT_EQ(count("(time >= $ OR sequence = 1)"), "1001 \n") << time;
    EXPECT_EQ(count("CASE WHEN time >= $ THEN 1 END"), "1000 \n") << time;
    EXPECT_EQ(count("time >= (SELECT $)"), "1000 \n") << time;
    EXPECT_EQ(
        Answer(absl::StrCat("SELECT count(*) FROM (SELECT 1 AS one) LEFT JOIN flows ON one = 1 "
                            "WHERE time >= '",
                            time, "'")),
        "1000 \n")
        << time;
    EXPECT_EQ(Answer(absl::StrCat("SELECT min(minute) FROM edges WHERE minute >= '", time, "'")),
              "2027-01-15T08:34:00Z \n")
        << time;
  }
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time > datetime('2027-01-15T08:33:20')"),
            "999 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time_us > unixepoch('2027-01-15 08:33:20') * "
                   "1000000"),
            "999 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time > NULL"), "0 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM segments WHERE first > '2027-01-15 08:10'"), "2 \n");
}

TEST_F(QueryTest, WhatIsNoTimeIsAnErrorAndNotWrongRows) {
  for (const char* where :
       {"time > 'x'", "time > 'now'", "time = '2027-02-30'", "time < 1800000000",
        "time <> 'yesterday'", "time > 'x' OR sequence = 1", "CASE WHEN time > 'x' THEN 1 END",
        "time > x'3132'"}) {
    EXPECT_THAT(Answer(absl::StrCat("SELECT sequence FROM flows WHERE ", where)),
                HasSubstr("compared with a time, and is none"))
        << where;
  }
  EXPECT_THAT(Answer("SELECT * FROM edges WHERE minute > 'x'"), HasSubstr("and is none"));
  EXPECT_EQ(Answer("SELECT count(*) FROM flows"), "3000 \n") << "the error was of its question";
}

TEST_F(QueryTest, TakesJsonApart) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow flow = FullFlow();
  ASSERT_FALSE(flow.inspection.matches.empty());
  ASSERT_TRUE(store->Add(flow).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(
      Answer("SELECT m.value ->> 'id' FROM flows, json_each(inspection_matches) AS m LIMIT 1"),
      absl::StrCat(flow.inspection.matches[0].id, " \n"));
  EXPECT_EQ(Answer("SELECT count(*) FROM json_tree('[1,[2]]')"), "4 \n");
}

TEST_F(QueryTest, WhatALineDoesNotHaveIsNullAndZeroIsZero) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow close;
  close.time = kTestStart;
  close.event = "CLOSE";
  ASSERT_TRUE(store->Add(close).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT sequence, bytes_sent, duration_us, http_request_bytes, http_has_query, "
                   "http_status, grpc_status, inspection_score, weight FROM flows WHERE event = "
                   "'CLOSE'"),
            "NULL 0 0 NULL NULL NULL NULL NULL 1 \n");
  EXPECT_EQ(Answer("SELECT bytes_sent, http_request_bytes, http_has_query, duration_us FROM flows "
                   "WHERE sequence = 1"),
            "NULL 0 0 0 \n");
  EXPECT_EQ(Answer("SELECT avg(http_response_bytes), count(http_response_bytes) FROM flows"),
            "1499.5 3000 \n");
}

TEST_F(QueryTest, NoLineSpoilsTheSumsOfAll) {
  auto store = FlowStore::Open(path_, clock_);
  for (uint64_t i = 0; i < 3; ++i) {
    flows::Flow flow = NumberedFlow(9'000 + 30 * i);
    flow.http.response_bytes = (uint64_t{1} << 63) + i;
    flow.duration_us = ~uint64_t{0};
    flow.weight = uint64_t{1} << 40;
    ASSERT_TRUE(store->Add(flow).ok());
    ASSERT_TRUE(store->Flush().ok());
  }
  EXPECT_EQ(Answer("SELECT max(http_response_bytes), max(duration_us) FROM flows"),
            "9223372036854775807 9223372036854775807 \n");
  EXPECT_THAT(Answer("SELECT sum(http_response_bytes) FROM flows"), HasSubstr("2.76701e+19"));
  EXPECT_THAT(Answer("SELECT sum(bytes_received) FROM edges"), HasSubstr("e+"));
  EXPECT_EQ(Answer("SELECT min(bytes_received) >= 0, max(bytes_received) FROM edges"),
            "1 9223372036854775807 \n");
  EXPECT_EQ(Answer("SELECT sum(sequence) FROM flows WHERE sequence <= 10"), "55 \n");
  EXPECT_EQ(Answer("SELECT sum(sequence) FROM flows WHERE sequence < 0"), "NULL \n");
  EXPECT_EQ(Answer("SELECT sum(sequence + 0.5) FROM flows WHERE sequence <= 2"), "4 \n");
  EXPECT_EQ(Answer("SELECT sum(sequence) OVER (ORDER BY sequence ROWS 1 PRECEDING) FROM flows "
                   "WHERE sequence <= 3"),
            "1 \n3 \n5 \n");
}

TEST_F(QueryTest, SequencesBeyondWhatSqlHasShowAsTheLargestNumber) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow flow = NumberedFlow(0, "00112233445566bb");
  flow.sequence = ~uint64_t{0};
  ASSERT_TRUE(store->Add(flow).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT first_sequence, last_sequence FROM runs ORDER BY run_id"),
            "1 3000 \n9223372036854775807 9223372036854775807 \n");
}

TEST_F(QueryTest, NobodyWithoutANameIsInTheViews) {
  auto store = FlowStore::Open(path_, clock_);
  flows::Flow flow = NumberedFlow(5'001);
  flow.event = "CLOSE";
  flow.direction = "OUTBOUND";
  flow.destination = {};
  ASSERT_TRUE(store->Add(flow).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT count(*) FROM edges WHERE direction = 'OUTBOUND'"), "0 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM identities"), "13 \n");
  flow.protocol = "TCP";
  flow.sequence = 6'000;
  ASSERT_TRUE(store->Add(flow).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT destination FROM edges WHERE direction = 'OUTBOUND'"), "unknown \n");
}

TEST_F(QueryTest, FindsAnIdentityByTheCatalog) {
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE source_principal = 'd/ns/shop/sa/s3'"),
            "300 \n");
  EXPECT_EQ(query_->segments_read(), 3);
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE source_principal = 'd/ns/shop/sa/nobody'"),
            "0 \n");
  EXPECT_EQ(query_->segments_read(), 3) << "no segment was opened for nobody";
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE flow_id = "
                   "'0123456789abcdef0000000000000001' AND verdict = 'FORWARDED'"),
            "4 \n");
}

TEST_F(QueryTest, ViewsAreWhatTheSchemaSays) {
  for (const View& view : Views()) {
    std::vector<std::string> names;
    const auto result = query_->Run(
        absl::StrCat("SELECT * FROM ", view.name), {},
        [&names](const std::vector<std::string>& header) { names = header; },
        [](absl::Span<const Value>) {});
    ASSERT_TRUE(result.ok()) << view.name << ": " << result.status();
    ASSERT_EQ(names.size(), view.columns.size()) << view.name;
    for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], view.columns[i].name);
  }
  EXPECT_EQ(Answer("SELECT sum(requests), min(minute) FROM edges WHERE direction = 'INBOUND'"),
            "3000 2027-01-15T08:00:00Z \n");
  EXPECT_EQ(Answer("SELECT run_id, first_sequence, last_sequence FROM runs"),
            "00112233445566aa 1 3000 \n");
  EXPECT_EQ(Answer("SELECT first FROM segments WHERE id = 2"), "2027-01-15T08:16:40.000000Z \n");
}

TEST_F(QueryTest, DoesNothingButRead) {
  for (const char* sql : {"DELETE FROM flows",
                          "DELETE FROM segment",
                          "UPDATE party SET name = 'x'",
                          "INSERT INTO loss VALUES (1,2,3,4,5,6)",
                          "DROP VIEW edges",
                          "CREATE TABLE x (y)",
                          "CREATE TEMP TABLE x (y)",
                          "ATTACH '/etc/passwd' AS x",
                          "DETACH main",
                          "PRAGMA user_version",
                          "PRAGMA journal_mode = DELETE",
                          "SELECT * FROM pragma_database_list",
                          "VACUUM",
                          "VACUUM INTO '/tmp/x'",
                          "SELECT load_extension('x')",
                          "SELECT * FROM sqlite_master",
                          "SELECT * FROM sqlite_schema",
                          "BEGIN",
                          "REINDEX",
                          "ANALYZE",
                          "SELECT 1; SELECT 2",

                          "",
                          " ; ",
                          "SELECT",
                          "SELECT * FROM nothing"}) {
    EXPECT_THAT(Answer(sql), HasSubstr("error: ")) << sql;
  }
  EXPECT_EQ(Answer("SELECT count(*) FROM flows;"), "3000 \n") << "and all is as it was";
}

TEST_F(QueryTest, StopsAtSoManyRows) {
  std::string rows;
  const auto result = Run("SELECT sequence FROM flows", &rows, {.max_rows = 10});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rows, 10);
  EXPECT_TRUE(result->cut);
  EXPECT_FALSE(Run("SELECT sequence FROM flows LIMIT 10", &rows, {.max_rows = 10})->cut);
}

// Hurried is a clock on which a second passes whenever it is asked.
class Hurried : public Clock {
 public:
  absl::Time WallNow() const override { return absl::UnixEpoch(); }
  MonoTime MonoNow() const override { return MonoTime(std::chrono::seconds(++asked_)); }

 private:
  mutable int asked_ = 0;
};

TEST_F(QueryTest, StopsInTime) {
  const Hurried hurried;
  const auto query = Query::Open(path_, hurried);
  ASSERT_TRUE(query.ok());
  const auto result = (*query)->Run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
      {.max_time = absl::Seconds(3)}, [](const std::vector<std::string>&) {},
      [](absl::Span<const Value>) {});
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status())) << result.status();
}

// SQLite does not ask the clock while the table looks for a row that is in no segment.
TEST_F(QueryTest, StopsInTimeWhileItLooksThroughSegments) {
  auto store = FlowStore::Open(path_, clock_);
  for (uint64_t i = 0; i < 20; ++i) {
    flows::Flow flow = NumberedFlow(10'000 + i);
    ASSERT_TRUE(store->Add(flow).ok());
    ASSERT_TRUE(store->Flush().ok());
  }
  const Hurried hurried;
  const auto query = Query::Open(path_, hurried);
  const auto result = (*query)->Run(
      "SELECT sequence FROM flows WHERE detail = 'nowhere'", {.max_time = absl::Seconds(5)},
      [](const std::vector<std::string>&) {}, [](absl::Span<const Value>) {});
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status())) << result.status();
  EXPECT_LT((*query)->segments_read(), 10);
  EXPECT_EQ(Answer("SELECT sequence FROM flows WHERE detail = 'nowhere'"), "");
  std::string rows;
  EXPECT_TRUE(Run("SELECT 1", &rows, {.max_time = absl::InfiniteDuration()}).ok());
}

TEST_F(QueryTest, ASegmentThatIsGoneIsAnErrorUnlessItWasRetired) {
  const auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadOnly);
  const auto files = SegmentsFor(*catalog, path_, {});
  ASSERT_EQ(unlink(files->at(1).path.c_str()), 0);
  EXPECT_THAT(Answer("SELECT count(*) FROM flows"), HasSubstr("2.seg: the catalog names it"));
}

TEST_F(QueryTest, AnswersWhileAWriterIsAtWork) {
  auto store = FlowStore::Open(path_, clock_);
  ASSERT_TRUE(store.ok());
  flows::Flow flow = NumberedFlow(5'000);
  ASSERT_TRUE(store->Add(flow).ok());
  EXPECT_EQ(Answer("SELECT count(*) FROM flows"), "3000 \n");
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(Answer("SELECT count(*) FROM flows"), "3001 \n");
}

TEST_F(QueryTest, ADamagedSegmentIsAnErrorThatNamesIt) {
  const auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadOnly);
  const auto files = SegmentsFor(*catalog, path_, {});
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(truncate(files->at(1).path.c_str(), 100), 0);
  const std::string answer = Answer("SELECT count(*) FROM flows");
  EXPECT_THAT(answer, HasSubstr("damaged segment"));
  EXPECT_THAT(answer, HasSubstr("2.seg"));
}

}  // namespace
}  // namespace firebreak::store
