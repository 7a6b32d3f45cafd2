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
