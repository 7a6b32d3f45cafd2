#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "cli/testing.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "detect/notes.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kStart = 1'767'600'000;  // seconds

// Line is a call as the caller's sidecar reports it.
std::string Line(const std::string& from, const std::string& to, double at_seconds,
                 const std::string& path) {
  static int ids = 0;
  const absl::Time end = absl::FromUnixSeconds(kStart) + absl::Seconds(at_seconds);
  return absl::StrCat(
      R"({"time":")", absl::FormatTime(absl::RFC3339_full, end, absl::UTCTimeZone()),
      R"(","flow_id":")", absl::Hex(++ids, absl::kZeroPad16), "0000000000000000",
      R"(","event":"REQUEST","direction":"OUTBOUND","verdict":"FORWARDED","reporter":{"node":")",
      from, R"(-0"},"source":{"principal":"d/ns/shop/sa/)", from,
      R"("},"destination":{"principal":"d/ns/shop/sa/)", to,
      R"(","port":8080},"protocol":"HTTP1","http":{"method":"GET","path":")", path,
      R"(","path_template":")", path, R"("},"duration_us":3000})", "\n");
}

std::string Day() {
  std::string log;
  for (int i = 0; i < 2880; ++i) absl::StrAppend(&log, Line("web", "orders", i * 30, "/v1/{id}"));
  return log;
}

// The bait is touched; later again; and later by somebody else.
std::string Touches() {
  return absl::StrCat(Line("web", "orders", 86'410, "/admin/backup"),
                      Line("web", "orders", 95'000, "/admin/backup"),
                      Line("cart", "orders", 102'000, "/admin/backup"));
}

class IncidentNotesTest : public ::testing::Test {
 protected:
  CommandRun Run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--learn", "20h", "--labels", labels_, "--notes", notes_, log_});
    return RunForTest(words);
  }
  CommandRun List(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"incident", "list"});
    return Run(more);
  }
  std::string NotesText() const {
    config::Diagnostics diagnostics;
    return config::ReadFileText(notes_, &diagnostics).value_or("");
  }

  const tests::TempFolder folder_;
  const std::string log_ = folder_.Write("flows.jsonl", absl::StrCat(Day(), Touches()));
  const std::string labels_ =
      folder_.Write("labels.yaml", "honey_routes: [{path: /admin/backup}]\n");
  const std::string notes_ = folder_.Path("notes.yaml");
};

TEST_F(IncidentNotesTest, AcknowledgedIncidentsAreListedAndNobodyIsWokenAgain) {
  EXPECT_EQ(Run({"detect"}).exit_code, kExitNo);
  for (const char* id : {"1", "2", "3"}) {
    const CommandRun acked = Run({"incident", "ack", id, "--by", "ana", "--reason", "SHOP-9"});
    EXPECT_EQ(acked.exit_code, kExitYes) << acked.err;
    EXPECT_THAT(acked.out, HasSubstr("acknowledged incident"));
  }
  EXPECT_THAT(List().out, HasSubstr("Acknowledged"));
  EXPECT_THAT(List().out, Not(HasSubstr("New")));
  EXPECT_THAT(List({"--status", "new"}).out, Not(HasSubstr("orders")));
  EXPECT_THAT(List({"-o", "json"}).out, HasSubstr("\"status_id\":2,\"status\":\"In Progress\""));
  EXPECT_THAT(List({"-o", "json"}).out, HasSubstr("\"comment\":\"acknowledged, by ana: SHOP-9\""));
  const CommandRun detect = Run({"detect"});
  EXPECT_EQ(detect.exit_code, kExitYes);
  EXPECT_THAT(detect.err, HasSubstr("3 acknowledged or muted"));
}

TEST_F(IncidentNotesTest, AMuteKeepsItsLikeFromBeingReportedButNotSomebodyElse) {
  EXPECT_EQ(Run({"incident", "mute", "1", "--for", "7d"}).exit_code, kExitUsage) << "no reason";
  const CommandRun muted =
      Run({"incident", "mute", "1", "--for", "90d", "--reason", "the audit of January"});
  EXPECT_EQ(muted.exit_code, kExitYes) << muted.err;
  const CommandRun detect = Run({"detect", "-o", "json"});
  EXPECT_EQ(detect.exit_code, kExitNo);
  EXPECT_THAT(detect.out, HasSubstr("d/ns/shop/sa/cart"));
  EXPECT_THAT(detect.out, Not(HasSubstr("d/ns/shop/sa/web")));
  EXPECT_THAT(detect.err, HasSubstr("more are muted; --all shows them"));
  EXPECT_THAT(Run({"detect", "--all", "-o", "json"}).out,
              HasSubstr("\"status_id\":3,\"status\":\"Suppressed\""));
  EXPECT_THAT(List({"--status", "muted"}).out, HasSubstr("web -> orders"));
}

TEST_F(IncidentNotesTest, WhatWasSaidIsTakenBack) {
  ASSERT_EQ(Run({"incident", "ack", "1", "--verdict", "false-alarm"}).exit_code, kExitYes);
  EXPECT_THAT(NotesText(), HasSubstr("verdict: FALSE_ALARM"));
  const size_t at = NotesText().find("uid: \"") + 6;
  const std::string uid = NotesText().substr(at, 20);
  EXPECT_EQ(RunForTest({"incident", "reopen", uid, "--notes", notes_}).exit_code, kExitYes);
  EXPECT_THAT(NotesText(), HasSubstr("notes: []"));
  EXPECT_EQ(RunForTest({"incident", "reopen", uid, "--notes", notes_}).exit_code, kExitNo);
}

TEST_F(IncidentNotesTest, NotesLieBesideTheBaselineUnlessSaidOtherwise) {
  const std::string baseline = folder_.Path("shop.baseline");
  const std::string day = folder_.Write("day.jsonl", Day());
  ASSERT_EQ(RunForTest({"detect", "--save-baseline", baseline, day}).exit_code, kExitYes);
  const std::string later = folder_.Write("later.jsonl", Touches());
  EXPECT_EQ(RunForTest({"incident", "ack", "1", "--baseline", baseline, "--labels", labels_, later})
                .exit_code,
            kExitYes);
  EXPECT_TRUE(std::filesystem::exists(baseline + ".notes.yaml"));
}

TEST_F(IncidentNotesTest, ListOffersTheFormsThatThereAre) {
  for (const std::string form : {"yaml", "wide"}) {
    EXPECT_EQ(List({"-o", form}).exit_code, kExitUsage) << form;
  }
}

TEST_F(IncidentNotesTest, BadUsageChangesNothing) {
  EXPECT_EQ(Run({"incident", "ack", "17"}).exit_code, kExitNo);
  EXPECT_EQ(Run({"incident", "mute", "1", "--for", "91d", "--reason", "x"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"incident", "mute", "1", "--for", "soon", "--reason", "x"}).exit_code, kExitUsage);
  EXPECT_EQ(
      RunForTest({"incident", "ack", "1", "--learn", "20h", "--labels", labels_, log_}).exit_code,
      kExitUsage)
      << "nowhere to write it";
  EXPECT_FALSE(std::filesystem::exists(notes_));
  folder_.Write("notes.yaml", "notes: [{uid: x}]\n");
  EXPECT_EQ(Run({"incident", "ack", "1"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"detect"}).exit_code, kExitUsage);
  EXPECT_EQ(NotesText(), "notes: [{uid: x}]\n") << "what is not understood is not written over";
}

}  // namespace
}  // namespace firebreak::cli
