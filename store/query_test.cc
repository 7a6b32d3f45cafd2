#include "store/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "store/columns.h"
#include "store/flow_store.h"
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
    auto store = FlowStore::Open(path_);
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
  SimulatedClock clock_;
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

TEST_F(QueryTest, TimesCompareAsTimesHoweverTheyAreWritten) {
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time >= '2027-01-15' AND time < '2027-01-16'"),
            "3000 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time <= '2027-01-15T08'"), "1 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time < '2027-01-15T08:00:00.000001Z' OR "
                   "time = '2027-01-15T08:00:05Z'"),
            "2 \n");
  EXPECT_EQ(Answer("SELECT count(*) FROM flows WHERE time > 'x'"), "0 \n");
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
  EXPECT_EQ(Answer("SELECT * FROM runs"), "NULL 00112233445566aa 1 3000 \n");
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

TEST_F(QueryTest, AnswersWhileAWriterIsAtWork) {
  auto store = FlowStore::Open(path_);
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
