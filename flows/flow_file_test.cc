#include "flows/flow_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

std::string Line(int second, int sequence) {
  return absl::StrFormat(R"({"time":"2027-01-15T08:00:%02dZ","event":"CLOSE","sequence":%d})",
                         second, sequence);
}

class FlowFileTest : public testing::Test {
 protected:
  static void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::app) << text;
  }
  FlowFile Open(const std::string& path) {
    return *FlowFile::Open(path,
                           [this](absl::string_view message) { errors_.emplace_back(message); });
  }
  // NextSequence is 0 at the end of the file.
  static uint64_t NextSequence(FlowFile& file) {
    const auto line = file.Next();
    return line.has_value() ? line->flow.sequence : 0;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
  std::vector<std::string> errors_;
};

TEST_F(FlowFileTest, WaitsForTheRestOfALineUnlessItIsTheLast) {
  Append(path_, Line(1, 1).substr(0, 20));
  FlowFile file = Open(path_);
  EXPECT_EQ(NextSequence(file), 0U);
  Append(path_, Line(1, 1).substr(20));
  EXPECT_EQ(NextSequence(file), 0U);
  const auto last = file.TakeLast();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->flow.sequence, 1U);
  EXPECT_FALSE(file.TakeLast().has_value());
  EXPECT_TRUE(errors_.empty());
}

// Nothing is at the first address of a process: reading there fails as a bad disk does.
constexpr char kUnreadable[] = "/proc/self/mem";

TEST_F(FlowFileTest, AFileThatCannotBeReadHasNotEnded) {
  FlowFile file = Open(kUnreadable);
  EXPECT_FALSE(file.Next().has_value());
  EXPECT_FALSE(file.status().ok());
  EXPECT_THAT(std::string(file.status().message()), ::testing::HasSubstr(kUnreadable));
  EXPECT_FALSE(file.TakeLast().has_value());
  Append(path_, Line(1, 1) + "\n");
  std::vector<FlowFile> both;
  both.push_back(Open(path_));
  both.push_back(Open(kUnreadable));
  FlowFiles files(std::move(both));
  EXPECT_FALSE(files.Next(/*finish=*/true).has_value());
  EXPECT_FALSE(files.status().ok());
}

TEST_F(FlowFileTest, NamesWhatIsCompressed) {
  for (const auto& [name, magic] : std::vector<std::pair<std::string, std::string>>{
           {"gzip", "\x1f\x8b\x08\n"}, {"zstd", "\x28\xb5\x2f\xfd\n"}}) {
    const std::string path = folder_.Path(name);
    Append(path, magic + "\n" + Line(1, 1) + "\n");
    FlowFile file = Open(path);
    EXPECT_FALSE(file.Next().has_value());
    EXPECT_FALSE(file.TakeLast().has_value());
    EXPECT_THAT(std::string(file.status().message()),
                ::testing::HasSubstr(absl::StrCat(path, ": compressed with ", name)));
  }
  EXPECT_TRUE(errors_.empty());
}

TEST_F(FlowFileTest, CountsWhatIsARecordAndWhatIsNone) {
  Append(path_, Line(1, 1) + "\nno\n" + Line(2, 2) + "\nno\nno");
  std::vector<FlowFile> one;
  one.push_back(Open(path_));
  FlowFiles files(std::move(one));
  while (files.Next(/*finish=*/true).has_value()) {
  }
  EXPECT_EQ(files.records(), 2U);
  EXPECT_EQ(files.bad_lines(), 3U);
  EXPECT_FALSE(files.ended()) << "a file may grow";
}

TEST_F(FlowFileTest, StartsOverWhenTheFileWasTruncated) {
  Append(path_, Line(1, 1) + "\n" + Line(2, 2) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(NextSequence(file), 1U);
  EXPECT_EQ(NextSequence(file), 2U);
  EXPECT_EQ(NextSequence(file), 0U);
  EXPECT_FALSE(file.FollowRotation());
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  Append(path_, Line(3, 3) + "\n");
  EXPECT_TRUE(file.FollowRotation());
  EXPECT_EQ(NextSequence(file), 3U);
}

TEST_F(FlowFileTest, ReadsTheOldFileToItsEndBeforeTheNewOne) {
  Append(path_, Line(1, 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(NextSequence(file), 1U);
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  EXPECT_FALSE(file.FollowRotation()) << "the writer still has the old file";
  Append(path_, "");
  EXPECT_FALSE(file.FollowRotation()) << "the new file is empty";
  Append(path_ + ".1", Line(2, 2) + "\n");
  Append(path_, Line(3, 3) + "\n");
  EXPECT_FALSE(file.FollowRotation()) << "the old file is read once more";
  EXPECT_EQ(NextSequence(file), 2U);
  EXPECT_EQ(NextSequence(file), 0U);
  EXPECT_TRUE(file.FollowRotation());
  EXPECT_EQ(NextSequence(file), 3U);
  EXPECT_TRUE(errors_.empty());
}

std::string OfRun(const std::string& run, int sequence, const std::string& more = "") {
  return absl::StrFormat(
      R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE","run_id":"%s","sequence":%d%s})", run,
      sequence, more);
}

class RotationTest : public FlowFileTest {
 protected:
  // Rotate as a writer does that keeps so many old files.
  void Rotate(int keep) {
    const auto name = [this](int times) { return absl::StrCat(path_, ".", times); };
    for (int i = keep; i > 1; --i) rename(name(i - 1).c_str(), name(i).c_str());
    rename(path_.c_str(), name(1).c_str());
  }
  // Read reads on as who follows the log does, until there is nothing more.
  std::string Read(FlowFile& file) {
    std::string seen;
    for (int idle = 0; idle < 3; ++idle) {
      while (const uint64_t sequence = NextSequence(file)) {
        absl::StrAppend(&seen, sequence, " ");
        idle = 0;
      }
      if (file.FollowRotation()) idle = 0;
    }
    return seen;
  }
};

TEST_F(RotationTest, ReadsAllFilesThatWereRotatedBetweenTwoLooks) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  for (int sequence = 2; sequence <= 5; ++sequence) {
    Append(path_, OfRun("a", 10 * sequence) + "\n");
    Rotate(/*keep=*/9);
    Append(path_, OfRun("a", 10 * sequence + 1) + "\n");
  }
  EXPECT_EQ(Read(file), "20 21 30 31 40 41 50 51 ");
  EXPECT_EQ(file.TakeMissed(), "") << "it was all there";
  Append(path_, OfRun("a", 60) + "\n");
  EXPECT_EQ(Read(file), "60 ");
}

TEST_F(RotationTest, AFileThatSomebodyTookAwayIsPassedOverAndToldOf) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  for (int sequence = 2; sequence <= 5; ++sequence) {
    Rotate(/*keep=*/9);
    Append(path_, OfRun("a", sequence) + "\n");
  }
  for (const char* taken : {".3", ".2"}) ASSERT_EQ(unlink((path_ + taken).c_str()), 0);
  EXPECT_EQ(Read(file), "4 5 ");
  EXPECT_EQ(file.TakeMissed(), path_ + ": rotated: 2 lines of run a were not seen");
}

TEST_F(RotationTest, AnEmptyFileInBetweenStopsNobody) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  Rotate(9);
  Append(path_, "");
  Rotate(9);
  Append(path_, OfRun("a", 2) + "\n");
  EXPECT_EQ(Read(file), "2 ");
}

TEST_F(RotationTest, SaysHowManyLinesWereDeletedBeforeItLooked) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  for (int sequence = 2; sequence <= 9; ++sequence) {
    Rotate(/*keep=*/2);
    Append(path_, OfRun("a", sequence) + "\n");
  }
  // Who keeps two has 7, 8 and 9. The one that is open is in the row no more: what is read next is
  // the youngest.
  EXPECT_EQ(Read(file), "9 ");
  EXPECT_EQ(file.TakeMissed(), path_ + ": rotated: 7 lines of run a were not seen");
  EXPECT_EQ(file.TakeMissed(), "") << "said once";
}

TEST_F(RotationTest, SaysWhatItCannotKnowOfARunThatEndedMeanwhile) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  Rotate(1);
  Append(path_, "gone\n");
  Rotate(1);
  Append(path_, OfRun("b", 4) + "\n");
  EXPECT_EQ(Read(file), "4 ");
  EXPECT_EQ(file.TakeMissed(), path_ +
                                   ": rotated: 3 lines of run b were not seen, nor what run a "
                                   "wrote after line 1, if anything");
}

TEST_F(RotationTest, ALogThatWasTruncatedSaysWhatWasNotRead) {
  Append(path_, OfRun("a", 1) + "\n" + OfRun("a", 2) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 2 ");
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  Append(path_, OfRun("a", 6) + "\n");
  EXPECT_EQ(Read(file), "6 ");
  EXPECT_EQ(file.TakeMissed(), path_ + ": rotated: 3 lines of run a were not seen");
}

TEST_F(RotationTest, NothingIsSaidWhereTheNumbersGoOn) {
  Append(path_, OfRun("a", 1) + "\n");
  FlowFile file = Open(path_);
  EXPECT_EQ(Read(file), "1 ");
  ASSERT_EQ(rename(path_.c_str(), (path_ + "-20270115").c_str()), 0);  // by a name of somebody's
  Append(path_, OfRun("a", 2, R"(,"head":{"last":true})") + "\n");
  EXPECT_EQ(Read(file), "2 ");
  EXPECT_EQ(file.TakeMissed(), "");
}

TEST_F(FlowFileTest, NumbersTheLinesItCannotRead) {
  Append(path_, absl::StrCat("\n", std::string(size_t{5} << 20, 'x'), "\nbad\n", Line(1, 1), "\n"));
  FlowFile file = Open(path_);
  EXPECT_EQ(NextSequence(file), 1U);
  ASSERT_EQ(errors_.size(), 2U);
  EXPECT_THAT(errors_[0], testing::StartsWith(path_ + ":2: longer than"));
  EXPECT_THAT(errors_[1], testing::StartsWith(path_ + ":3: not valid JSON"));
}

TEST_F(FlowFileTest, MergesByTimeAndKeepsTheOrderWithinAFile) {
  Append(path_, Line(1, 1) + "\n" + Line(5, 4) + "\n" + Line(3, 5) + "\n");
  Append(path_ + ".1", Line(2, 2) + "\n" + Line(4, 3) + "\n" + Line(9, 6));
  std::vector<FlowFile> opened;
  opened.push_back(Open(path_));
  opened.push_back(Open(path_ + ".1"));
  FlowFiles files(std::move(opened));
  for (uint64_t expected = 1; expected <= 6; ++expected) {
    const auto line = files.Next(/*finish=*/true);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->flow.sequence, expected);
  }
  EXPECT_FALSE(files.Next(/*finish=*/true).has_value());
}

}  // namespace
}  // namespace firebreak::flows
