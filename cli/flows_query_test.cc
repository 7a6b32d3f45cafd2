#include "cli/flows_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

#include "cli/csv.h"
#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Line(int number, const std::string& path) {
  return absl::StrCat(
      R"({"time":"2027-01-15T08:00:0)", number, R"(.000000Z","run_id":"aa",)", R"("sequence":)",
      number, R"(,"event":"REQUEST","direction":"INBOUND","verdict":"FORWARDED",)",
      R"("source":{"principal":"d/ns/shop/sa/web"},"destination":{"ip":"10.0.0.1",)",
      R"("port":8080},"protocol":"HTTP1","http":{"method":"GET","path":")", path,
      R"(","status":200,"request_bytes":0,"response_bytes":5},"duration_us":9})");
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::ofstream file(log_);
    file << Line(1, "/a") << "\n"
         << Line(2, "/\\u001b[31m,\\\"x") << "\ngarbage\n"
         << Line(3, "=1+1") << "\n";
  }
  CommandRun Import(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"flows", "import", log_, "--store", store_});
    return RunForTest(std::move(more));
  }
  CommandRun Query(const std::string& sql, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"flows", "query", "--store", store_, sql});
    return RunForTest(std::move(more));
  }
  CommandRun Export(std::vector<std::string> more) {
    more.insert(more.begin(), {"flows", "export", "--store", store_});
    return RunForTest(std::move(more));
  }

  const tests::TempFolder folder_;
  const std::string log_ = folder_.Path("flows.jsonl");
  const std::string store_ = folder_.Path("store");
};

TEST_F(StoreTest, ImportsOnceHoweverOften) {
  CommandRun run = Import();
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.err, HasSubstr(log_ + ":3: not valid JSON"));
  EXPECT_THAT(run.err, HasSubstr("no flow records: 1\n"));
  EXPECT_THAT(run.err, HasSubstr("stored 3 lines"));
  run = Import();
  EXPECT_THAT(run.err, HasSubstr("stored 0 lines, 0B; had 3 already"));
  EXPECT_THAT(Query("SELECT count(*) AS n FROM flows", {"-o", "json"}).out, "{\"n\":3}\n");
}

TEST_F(StoreTest, AnImportTellsOfTwoLinesWithOneNumber) {
  const std::string forged = folder_.Path("forged.jsonl");
  std::ofstream(forged) << Line(1, "/a") << "\n" << Line(2, "/elsewhere") << "\n";
  // In one import, and in a later one.
  const CommandRun together =
      RunForTest({"flows", "import", log_, forged, "--store", folder_.Path("other")});
  Import();
  const CommandRun later = RunForTest({"flows", "import", forged, "--store", store_});
  for (const CommandRun& run : {together, later}) {
    EXPECT_EQ(run.exit_code, kExitNo);
    EXPECT_THAT(run.err, HasSubstr("CONFLICT: line 2 of run aa of nobody is stored"));
    EXPECT_THAT(run.err, HasSubstr("conflicts with what is stored: 1."));
    EXPECT_THAT(run.err, Not(HasSubstr("line 1 ")));
  }
  EXPECT_THAT(Query("SELECT http_path FROM flows WHERE sequence = 2").out, HasSubstr("31m"))
      << "the first is kept";
  EXPECT_EQ(Import().exit_code, kExitYes) << "what is the same may come again";
}

TEST_F(StoreTest, AnswersInEachForm) {
  Import();
  const std::string sql =
      "SELECT http_path, tls_sni, avg(duration_us) AS mean FROM flows "
      "WHERE sequence = 1 GROUP BY 1";
  EXPECT_THAT(Query(sql).out, HasSubstr("/a"));
  EXPECT_EQ(Query(sql, {"-o", "json"}).out, "{\"http_path\":\"/a\",\"tls_sni\":null,\"mean\":9}\n");
  EXPECT_EQ(Query(sql, {"-o", "csv"}).out, "http_path,tls_sni,mean\r\n/a,,9\r\n");
}

TEST_F(StoreTest, FractionsReadBackAsTheyWere) {
  Import();
  EXPECT_EQ(Query("SELECT 1234567.891 AS a, 1.0 / 3 AS b, 9e999 AS c", {"-o", "json"}).out,
            "{\"a\":1234567.891,\"b\":0.3333333333333333,\"c\":null}\n");
  EXPECT_EQ(Query("SELECT 1234567.891 AS a", {"-o", "csv"}).out, "a\r\n1234567.891\r\n");
  EXPECT_THAT(Query("SELECT 1234567.891 AS a").out, HasSubstr("1234567.891"));
}

TEST_F(StoreTest, AnImportOfALogThatCannotBeReadToItsEndSaysSo) {
  const CommandRun run = RunForTest({"flows", "import", log_, "/proc/self/mem", "--store", store_});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("/proc/self/mem"));
}

TEST_F(StoreTest, AnImportDeletesNoStoreWhoseCatalogIsGone) {
  Import();
  const std::string segment = store_ + "/segments/1.seg";
  ASSERT_TRUE(std::filesystem::exists(segment));
  std::filesystem::remove(store_ + "/catalog.db");
  const CommandRun run = Import();
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("import the logs again"));
  EXPECT_TRUE(std::filesystem::exists(segment));
}

TEST_F(StoreTest, AStoreWithoutOneOfItsSegmentsIsAnErrorToEverybody) {
  Import();
  std::filesystem::remove(store_ + "/segments/1.seg");
  for (const CommandRun& run : {Query("SELECT count(*) FROM flows"), Export({})}) {
    EXPECT_EQ(run.exit_code, kExitUsage);
    EXPECT_THAT(run.err, HasSubstr("1.seg"));
  }
}

TEST_F(StoreTest, WhatALineDoesNotHaveIsEmptyInCsv) {
  std::ofstream(log_) << Line(1, "/a") << "\n"
                      << R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE","bytes_sent":0})"
                      << "\n";
  Import();
  EXPECT_EQ(Query("SELECT event, http_response_bytes, bytes_sent FROM flows ORDER BY event",
                  {"-o", "csv"})
                .out,
            "event,http_response_bytes,bytes_sent\r\nCLOSE,,0\r\nREQUEST,5,\r\n");
}

TEST_F(StoreTest, LetsNothingFromAFlowReachTheTerminalRaw) {
  Import();
  for (const char* form : {"table", "json", "csv"}) {
    const CommandRun run = Query("SELECT http_path FROM flows", {"-o", form});
    EXPECT_EQ(run.exit_code, kExitYes);
    EXPECT_THAT(run.out, Not(HasSubstr("\x1b"))) << form;
  }
  for (const char* form : {"jsonl", "csv"}) {
    EXPECT_THAT(Export({"-o", form}).out, Not(HasSubstr("\x1b"))) << form;
  }
}

TEST_F(StoreTest, RefusesWhatIsNoQuestion) {
  Import();
  for (const char* sql : {"DELETE FROM flows", "PRAGMA user_version", "SELECT nothing FROM flows",
                          "ATTACH 'x' AS y", "nonsense"}) {
    const CommandRun run = Query(sql);
    EXPECT_EQ(run.exit_code, kExitUsage) << sql;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, StartsWith("firebreak: "));
  }
  EXPECT_EQ(Query("SELECT 1", {"--timeout", "soon"}).exit_code, kExitUsage);
}

TEST_F(StoreTest, SaysWhenThereIsMore) {
  Import();
  const CommandRun run = Query("SELECT sequence FROM flows", {"--max-rows", "2", "-o", "json"});
  EXPECT_THAT(run.err, HasSubstr("the first 2 rows"));
  EXPECT_EQ(Query("SELECT sequence FROM flows", {"--max-rows", "0"}).err, "");
}

TEST_F(StoreTest, WhatIsExportedIsALogAgain) {
  Import();
  const std::string again = folder_.Path("again.jsonl");
  std::ofstream(again) << Export({}).out;
  const CommandRun before = RunForTest({"flows", "observe", log_, "--all"});
  const CommandRun after = RunForTest({"flows", "observe", again, "--all"});
  EXPECT_EQ(after.out, before.out);
  EXPECT_EQ(nlohmann::json::parse(Export({"--http-path", "/a"}).out),
            nlohmann::json::parse(Line(1, "/a")));
  EXPECT_EQ(Export({"--since", "2027-01-15T08:00:04Z"}).out, "");
}

TEST_F(StoreTest, ParquetGoesToAFileWholeOrNotAtAll) {
  Import();
  const std::string file = folder_.Path("flows.parquet");
  EXPECT_EQ(Export({"-o", "parquet", "--out", file}).exit_code, kExitYes);
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_THAT(bytes, StartsWith("PAR1"));
  EXPECT_THAT(bytes, EndsWith("PAR1"));
  EXPECT_EQ(Export({"-o", "parquet"}).out, bytes) << "a pipe takes it too";
  const CommandRun nowhere = Export({"-o", "parquet", "--out", folder_.Path("absent/x")});
  EXPECT_EQ(nowhere.exit_code, kExitUsage);
  EXPECT_THAT(nowhere.err, HasSubstr("absent/x"));
  std::filesystem::remove(store_ + "/segments/1.seg");
  EXPECT_EQ(Export({"-o", "parquet", "--out", file}).exit_code, kExitUsage);
  EXPECT_EQ(std::filesystem::file_size(file), bytes.size()) << "the older one stays";
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_NE(entry.path().extension(), ".tmp");
  }
}

TEST_F(StoreTest, ParquetIsNothingForATerminal) {
  Import();
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock, .out_is_terminal = true};
  EXPECT_EQ(RunFirebreak({"flows", "export", "--store", store_, "-o", "parquet"}, context),
            kExitUsage);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(err.str(), HasSubstr("--out FILE"));
}

TEST_F(StoreTest, TopAndMapCountTheSameOverAStoreAsOverTheLogs) {
  Import();
  for (const char* command : {"top", "map"}) {
    const CommandRun logs = RunForTest({"flows", command, log_, "-o", "json"});
    const CommandRun stored = RunForTest({"flows", command, "--store", store_, "-o", "json"});
    EXPECT_EQ(stored.exit_code, kExitYes);
    EXPECT_THAT(stored.out, HasSubstr("\"requests\":3"));
    EXPECT_EQ(stored.out, logs.out);
    EXPECT_EQ(RunForTest({"flows", command, "--store", store_ + ".absent"}).exit_code, kExitUsage);
  }
}

TEST_F(StoreTest, ObserveShowsTheSameOfAStoreAsOfTheLogs) {
  Import();
  for (const std::string form : {"compact", "wide", "zeek"}) {
    const CommandRun logs = RunForTest({"flows", "observe", log_, "--last", "2", "-o", form});
    const CommandRun stored =
        RunForTest({"flows", "observe", "--store", store_, "--last", "2", "-o", form});
    EXPECT_EQ(stored.exit_code, kExitYes);
    EXPECT_FALSE(stored.out.empty());
    EXPECT_EQ(stored.out, logs.out);
  }
  EXPECT_EQ(RunForTest({"flows", "observe", "--store", store_, log_}).exit_code, kExitUsage);
}

TEST_F(StoreTest, CsvIsNoFormula) {
  Import();
  const std::string csv = Export({"-o", "csv", "--http-path", "*1+1"}).out;
  EXPECT_THAT(csv, HasSubstr(",'=1+1,"));
  EXPECT_EQ(CsvLine({"a,b", "say \"x\"", "plain", ""}), "\"a,b\",\"say \"\"x\"\"\",plain,\r\n");
  EXPECT_EQ(CsvLine({"-5", "-5+1"}), "-5,'-5+1\r\n");
}

TEST_F(StoreTest, KeepsToTheBoundsItIsGiven) {
  EXPECT_EQ(Import({"--max-age", "yesterday"}).exit_code, kExitUsage);
  EXPECT_EQ(Import({"--max-bytes", "0"}).exit_code, kExitUsage);
  EXPECT_EQ(Import({"--max-bytes", "99999999999TB"}).exit_code, kExitUsage);
  const CommandRun run = Import({"--max-bytes", "1B"});
  EXPECT_THAT(run.err, HasSubstr("deleted the oldest 3 flows"));
  EXPECT_EQ(Query("SELECT count(*) AS n FROM flows", {"-o", "json"}).out, "{\"n\":0}\n");
}

TEST_F(StoreTest, SaysWhatItLacks) {
  std::ofstream(log_, std::ios::app)
      << R"({"time":"2027-01-15T08:00:09Z","event":"LOST","lost":{"count":7,"cause":"RING_FULL"}})"
      << "\n"
      << R"({"time":"2027-01-15T08:00:09Z","event":"LOST","lost":{"count":9,"sink":"siem"}})"
      << "\n";
  Import();
  for (const char* command : {"top", "map", "observe"}) {
    EXPECT_THAT(RunForTest({"flows", command, "--store", store_}).err,
                HasSubstr("say that 7 records are missing"))
        << command;
    EXPECT_THAT(
        RunForTest({"flows", command, "--store", store_, "--until", "2027-01-15T08:00:05Z"}).err,
        Not(HasSubstr("missing")))
        << command;
  }
}

TEST_F(StoreTest, LacksNothingThatAnotherSinkLost) {
  const auto lost = [](const char* sink, int count) {
    return absl::StrCat(R"({"time":"2027-01-15T08:00:09Z","event":"LOST","lost":{"count":)", count,
                        R"(,"sink":")", sink, "\"}}\n");
  };
  std::ofstream(log_, std::ios::app)
      << lost("file", 1) << lost("collector", 20) << lost("syslog", 300);
  const auto told = [&] { return RunForTest({"flows", "top", "--store", store_}).err; };
  Import();
  EXPECT_THAT(told(), HasSubstr("say that 1 records are missing"));
  std::filesystem::remove_all(store_);
  Import({"--sink", "syslog"});
  EXPECT_THAT(told(), HasSubstr("say that 300 records are missing"));
}

TEST_F(StoreTest, NeedsAStoreThatIsThere) {
  for (const char* command : {"top", "map", "observe", "export"}) {
    const CommandRun absent = RunForTest({"flows", command, "--store", store_});
    EXPECT_EQ(absent.exit_code, kExitUsage) << command;
    EXPECT_THAT(absent.err, HasSubstr("no store at " + store_)) << command;
  }
  const std::string file = folder_.Write("no-store", "");
  EXPECT_THAT(RunForTest({"flows", "query", "--store", file, "SELECT 1"}).err,
              HasSubstr("no store at " + file));
  EXPECT_EQ(Query("SELECT 1").exit_code, kExitUsage);
  EXPECT_EQ(Query("SELECT 1", {"--max-rows", "-1"}).exit_code, kExitUsage);
  EXPECT_EQ(Export({}).exit_code, kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(store_)) << "asking makes none";
  EXPECT_EQ(RunForTest({"flows", "import", log_}).exit_code, kExitUsage);
}

TEST_F(StoreTest, SaysWhereTheColumnsAreListed) {
  Import();
  for (const char* sql : {"SELECT colour FROM flows", "SELECT 1 FROM flosw"}) {
    const CommandRun run = Query(sql);
    EXPECT_EQ(run.exit_code, kExitUsage) << sql;
    EXPECT_THAT(run.err, HasSubstr("help: firebreak flows views")) << sql;
  }
}

TEST_F(StoreTest, ViewsNamesEveryView) {
  const std::string text = RunForTest({"flows", "views"}).out;
  for (const char* word : {"flows: ", "edges: ", "identities: ", "losses: ", "source_principal"}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
  const std::string json = RunForTest({"flows", "views", "-o", "json"}).out;
  EXPECT_TRUE(nlohmann::json::accept(json.substr(0, json.find('\n'))));
}

// Minutes are lines of these minutes, one each.
std::string Minutes(int from, int to, const std::string& run) {
  std::string log;
  for (int minute = from; minute <= to; ++minute) {
    absl::StrAppend(&log, R"({"time":"2027-01-15T01:)", absl::Dec(minute, absl::kZeroPad2),
                    R"(:00.000000Z","run_id":")", run, R"(","sequence":)", minute + 1,
                    R"(,"event":"CLOSE","verdict":"FORWARDED","source":{"ip":"10.0.0.1","port":)",
                    minute + 1, "}}\n");
  }
  return log;
}

TEST(StoredFlows, AreObservedInTheOrderOfTimeAsTheLogsThatWereImported) {
  const tests::TempFolder folder;
  const std::string a = folder.Write("a.jsonl", Minutes(0, 39, "aa"));
  const std::string b = folder.Write("b.jsonl", Minutes(5, 9, "bb"));
  const std::string store = folder.Path("store");
  for (const std::string& log : {a, b}) {
    ASSERT_EQ(RunForTest({"flows", "import", "--store", store, log}).exit_code, kExitYes);
  }
  for (const std::vector<std::string>& which :
       std::vector<std::vector<std::string>>{{}, {"--last", "3"}, {"--first", "8"}, {"--all"}}) {
    std::vector<std::string> of_store = {"flows", "observe", "--store", store};
    std::vector<std::string> of_logs = {"flows", "observe", a, b};
    of_store.insert(of_store.end(), which.begin(), which.end());
    of_logs.insert(of_logs.end(), which.begin(), which.end());
    const CommandRun run = RunForTest(of_store);
    EXPECT_EQ(run.out, RunForTest(of_logs).out);
    EXPECT_EQ(run.exit_code, kExitYes) << run.err;
    EXPECT_THAT(run.out, HasSubstr(which.empty() || which[0] != "--first" ? "01:39:00" : "01:06:"));
  }
}

}  // namespace
}  // namespace firebreak::cli
