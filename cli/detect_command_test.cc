#include "cli/detect_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kStart = 1'767'600'000;  // seconds

// Line is a call that the caller's sidecar reports and the callee's.
std::string Line(const std::string& from, const std::string& to, double at_seconds, int micros) {
  static int ids = 0;
  std::string lines;
  for (const bool outbound : {true, false}) {
    const absl::Time end =
        absl::FromUnixSeconds(kStart) + absl::Seconds(at_seconds) + absl::Microseconds(micros);
    absl::StrAppend(
        &lines, R"({"time":")", absl::FormatTime(absl::RFC3339_full, end, absl::UTCTimeZone()),
        R"(","flow_id":")", absl::Hex(++ids, absl::kZeroPad16), "0000000000000000",
        R"(","event":"REQUEST","direction":")", outbound ? "OUTBOUND" : "INBOUND",
        R"(","verdict":"FORWARDED","reporter":{"node":")", outbound ? from : to, "-0",
        R"("},"source":{"principal":"d/ns/shop/sa/)", from, R"("},"destination":{"principal":)",
        R"("d/ns/shop/sa/)", to, R"(","port":8080},"protocol":"HTTP1","http":{"method":"GET",)",
        R"("path":"/v1"},"duration_us":)", micros, "}\n");
  }
  return lines;
}

// Day is a day of calls web -> orders -> ledger, one each 30 s.
std::string Day() {
  std::string log;
  for (int i = 0; i < 2880; ++i) {
    absl::StrAppend(&log, Line("orders", "ledger", i * 30 + 0.004, 3'000));
    absl::StrAppend(&log, Line("web", "orders", i * 30, 10'000));
  }
  return log;
}

// The intruder goes from web to the ledger, whose pod never called anybody, and on from there.
std::string Intruder() {
  return absl::StrCat(Line("web", "ledger", 86'410, 3'000), Line("ledger", "orders", 86'470, 3'000),
                      Line("ledger", "web", 86'541, 3'000));
}

std::string Text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Detect, AnIntruderIsAnIncidentAndExitsOne) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", absl::StrCat(Day(), Intruder()));
  const CommandRun run = RunForTest({"detect", "--learn", "20h", log});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out, HasSubstr("web -> ledger -> "));
  EXPECT_THAT(run.out, HasSubstr("web called ledger for the first time ever"));
}

TEST(Detect, OrdinaryTrafficIsCleanAndSilent) {
  const tests::TempFolder folder;
  const CommandRun run =
      RunForTest({"detect", "--learn", "12h", "--flows", folder.Write("flows.jsonl", Day())});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(run.out, "");
}

TEST(Detect, JsonIsOneOcsfDetectionFindingALineAndTheSinkHasTheSame) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", absl::StrCat(Day(), Intruder()));
  const std::string sink = folder.Write("sink.jsonl", "");
  const CommandRun run =
      RunForTest({"detect", "--learn", "20h", "-o", "json", "--sink", sink, log});
  EXPECT_THAT(run.out, StartsWith("{\"category_uid\":2,"));
  EXPECT_THAT(run.out, HasSubstr("\"class_uid\":2004,"));
  EXPECT_THAT(run.out, HasSubstr("\"type_uid\":200401,"));
  EXPECT_THAT(run.out, HasSubstr("\"uid\":\"T1021\""));
  EXPECT_EQ(Text(sink), run.out);
  EXPECT_EQ(RunForTest({"detect", "--learn", "20h", "-o", "ocsf", log}).out, run.out);
}

TEST(Detect, ABaselineIsWrittenShownAndGoneOnFrom) {
  const tests::TempFolder folder;
  const std::string baseline = folder.Write("baseline", "");
  const std::string day = folder.Write("day.jsonl", Day());
  ASSERT_EQ(RunForTest({"detect", "--save-baseline", baseline, day}).exit_code, kExitYes);
  const CommandRun shown = RunForTest({"detect", "baseline", "show", baseline});
  EXPECT_EQ(shown.exit_code, kExitYes) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("d/ns/shop/sa/web"));
  EXPECT_THAT(RunForTest({"detect", "baseline", "export", baseline}).out,
              HasSubstr("\"destination\":\"d/ns/shop/sa/ledger\",\"calls\":2880"));
  const std::string later = folder.Write("later.jsonl", Intruder());
  EXPECT_EQ(RunForTest({"detect", "--baseline", baseline, later}).exit_code, kExitNo);
}

TEST(Detect, AStoreTellsTheSameAsTheLogs) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", absl::StrCat(Day(), Intruder()));
  const std::string store = folder.Path("store");
  ASSERT_EQ(RunForTest({"flows", "import", "--store", store, log}).exit_code, kExitYes);
  const CommandRun run = RunForTest({"detect", "--learn", "20h", "--store", store});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_EQ(run.out, RunForTest({"detect", "--learn", "20h", log}).out);
  EXPECT_THAT(RunForTest({"detect", "--store", store, log}).err, HasSubstr("logs or a store"));
  EXPECT_EQ(RunForTest({"detect", "--store", folder.Path("none")}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--follow", "--store", folder.Path("none")}).exit_code,
            kExitUsage);
}

// Two logs of the same day, imported one after the other: a store has them in segments of their
// own.
TEST(Detect, AStoreOfLogsThatOverlapTellsTheSameAsTheLogs) {
  std::string orders;
  std::string web;
  for (int i = 0; i < 2880; ++i) {
    absl::StrAppend(&orders, Line("orders", "ledger", i * 30 + 0.004, 3'000));
    absl::StrAppend(&web, Line("web", "orders", i * 30, 10'000));
  }
  const tests::TempFolder folder;
  const std::string a = folder.Write("orders.jsonl", absl::StrCat(orders, Intruder()));
  const std::string b = folder.Write("web.jsonl", web);
  const std::string store = folder.Path("store");
  for (const std::string& log : {a, b}) {
    ASSERT_EQ(RunForTest({"flows", "import", "--store", store, log}).exit_code, kExitYes);
  }
  const std::string of_logs = folder.Path("logs.baseline");
  const std::string of_store = folder.Path("store.baseline");
  const CommandRun logs =
      RunForTest({"detect", "--learn", "20h", "--save-baseline", of_logs, a, b});
  const CommandRun run =
      RunForTest({"detect", "--learn", "20h", "--save-baseline", of_store, "--store", store});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_EQ(run.out, logs.out);
  EXPECT_EQ(Text(of_store), Text(of_logs));
}

TEST(Detect, ALogThatIsTooShortToBeWatchedIsSaidToBe) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", Day());
  EXPECT_THAT(RunForTest({"detect", log}).err, HasSubstr(": give --train-until TIME, --learn "));
  const CommandRun learn = RunForTest({"detect", "--learn", "168h", log});
  EXPECT_THAT(learn.err, HasSubstr(": it is shorter than --learn 168h, so nothing was watched"));
  EXPECT_THAT(learn.err, testing::Not(HasSubstr("give ")));
  EXPECT_THAT(RunForTest({"detect", "--train-until", "2027-01-01T00:00:00Z", log}).err,
              HasSubstr(": it ends before --train-until 2027-01-01T00:00:00Z"));
}

TEST(Detect, BadUsageAndUnreadableInputExitTwo) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", Line("a", "b", 0, 1));
  const std::string text = folder.Write("text", "no baseline");
  EXPECT_EQ(RunForTest({"detect"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "/no/such/file"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--learn", "soon", log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--train-until", "soon", log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--baseline", text, log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--also", "smell", log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--sink", "https://x/", log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--labels", text, log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "baseline", "show", "/no/such"}).exit_code, kExitUsage);
}

TEST(Detect, ABaselineIsPutInThePlaceOfNoPipe) {
  const tests::TempFolder folder;
  const std::string pipe = folder.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const CommandRun run =
      RunForTest({"detect", "--save-baseline", pipe, folder.Write("flows.jsonl", "")});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr(pipe + " is a pipe, not a file"));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(Detect, SaysThatAllOfItWasLearning) {
  const tests::TempFolder folder;
  const std::string log = folder.Write("flows.jsonl", Line("a", "b", 0, 1));
  EXPECT_THAT(RunForTest({"detect", log}).err, HasSubstr("--train-until"));
}

}  // namespace
}  // namespace firebreak::cli
