#include "flows/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "base/simulated_clock.h"
#include "flows/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Batch Lines(const std::string& text) { return {.text = text, .lines = 1}; }

class FileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<FileSink> Open(FileSinkOptions options = {}) {
    options.path = path_;
    auto sink = FileSink::Open(std::move(options), clock_);
    EXPECT_TRUE(sink.ok()) << sink.status();
    return *std::move(sink);
  }
  static bool Took(const Delivery& delivery) { return delivery.fate == Delivery::Fate::kTaken; }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
  SimulatedClock clock_;
};

TEST_F(FileSinkTest, CreatesAFileThatOthersCannotRead) {
  const mode_t old_mask = umask(0);
  const auto sink = Open();
  umask(old_mask);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640);
}

TEST_F(FileSinkTest, NamesTheFileItCannotOpen) {
  const auto sink = FileSink::Open({.path = folder_.Path("absent/flows.jsonl")}, clock_);
  ASSERT_FALSE(sink.ok());
  EXPECT_THAT(std::string(sink.status().message()), HasSubstr("/absent/flows.jsonl"));
}

TEST_F(FileSinkTest, AppendsToWhatIsThereAndEndsALineThatACrashCutOff) {
  std::ofstream(path_) << "old\n{\"time";
  EXPECT_TRUE(Took(Open()->Deliver(Lines("one\ntwo\n"))));
  EXPECT_EQ(ReadFile(path_), "old\n{\"time\none\ntwo\n");
}

TEST_F(FileSinkTest, GoesOnInTheMiddleOfABatchWhenTheDiskHasRoomAgain) {
  const auto sink = Open();
  const Batch batch = Lines("first line\nsecond line\n");
  {
    const SizeLimit full(14);
    const Delivery delivery = sink->Deliver(batch);
    EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
    EXPECT_THAT(delivery.detail, HasSubstr(path_));
  }
  EXPECT_TRUE(Took(sink->Deliver(batch)));
  EXPECT_EQ(ReadFile(path_), batch.text);
}

TEST_F(FileSinkTest, TearsNoLineBetweenTwoFiles) {
  const auto sink = Open();
  const Batch batch = Lines("first line\nsecond line\n");
  {
    const SizeLimit full(14);
    EXPECT_FALSE(Took(sink->Deliver(batch)));
  }
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  sink->Reopen();
  EXPECT_TRUE(Took(sink->Deliver(batch)));
  EXPECT_EQ(ReadFile(path_), "second line\n");
}

TEST_F(FileSinkTest, RotatesBeforeAFileBecomesTooLargeAndKeepsSoMany) {
  const auto sink = Open({.max_bytes = 10, .keep = 2});
  for (const char* text : {"111111\n", "222222\n", "333333\n", "444444\n"}) {
    EXPECT_TRUE(Took(sink->Deliver(Lines(text))));
  }
  EXPECT_EQ(ReadFile(path_), "444444\n");
  EXPECT_EQ(ReadFile(path_ + ".1"), "333333\n");
  EXPECT_EQ(ReadFile(path_ + ".2"), "222222\n");
  EXPECT_NE(access((path_ + ".3").c_str(), F_OK), 0);
}

TEST_F(FileSinkTest, RotatesAFileThatIsTooOldButNoEmptyOne) {
  const auto sink = Open({.max_age = absl::Hours(1), .keep = 1});
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(Took(sink->Deliver(Lines("one\n"))));
  EXPECT_TRUE(Took(sink->Deliver(Lines("two\n"))));
  EXPECT_EQ(ReadFile(path_ + ".1"), "one\n");
  EXPECT_EQ(ReadFile(path_), "two\n");
}

TEST_F(FileSinkTest, StaysWithAFileThatCannotBeMoved) {
  const auto sink = Open({.max_bytes = 4, .keep = 1});
  EXPECT_TRUE(Took(sink->Deliver(Lines("one\n"))));
  ASSERT_EQ(mkdir((path_ + ".1").c_str(), 0700), 0);
  std::ofstream(path_ + ".1/file") << "in the way";
  EXPECT_TRUE(Took(sink->Deliver(Lines("two\n"))));
  EXPECT_EQ(ReadFile(path_), "one\ntwo\n");
}

TEST_F(FileSinkTest, LosesNoRotatedFileWhenSomebodyElseHasMovedTheFile) {
  const auto sink = Open({.max_bytes = 4, .keep = 3});
  for (const char* text : {"1\n22", "2\n33", "3\n"}) ASSERT_TRUE(Took(sink->Deliver(Lines(text))));
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".mine").c_str()), 0);
  EXPECT_TRUE(Took(sink->Deliver(Lines("four\n"))));
  EXPECT_EQ(ReadFile(path_), "four\n");
  EXPECT_EQ(ReadFile(path_ + ".1"), "2\n33");
  EXPECT_EQ(ReadFile(path_ + ".2"), "1\n22");
}

TEST_F(FileSinkTest, WritesOnEveryWayOfSyncing) {
  std::string expected;
  for (const FileSync sync : {FileSync::kNever, FileSync::kSecond, FileSync::kBatch}) {
    const auto sink = Open({.sync = sync});
    clock_.Advance(absl::Seconds(2));
    EXPECT_TRUE(Took(sink->Deliver(Lines("one\n"))));
    sink->Stop();
    expected += "one\n";
    EXPECT_EQ(ReadFile(path_), expected);
  }
}

TEST_F(FileSinkTest, AFullPipeIsTriedAgain) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  const auto sink = Open();
  const Batch batch = Lines(std::string(100'000, 'x') + "\n");
  EXPECT_FALSE(Took(sink->Deliver(batch)));
  std::string got;
  bool took = false;
  while (got.size() < batch.text.size()) {
    char bytes[4096];
    const ssize_t count = read(reader, bytes, sizeof(bytes));
    if (count > 0) {
      got.append(bytes, static_cast<size_t>(count));
    } else {
      took = Took(sink->Deliver(batch));
    }
  }
  EXPECT_TRUE(took);
  EXPECT_EQ(got, batch.text);
  close(reader);
}

TEST_F(FileSinkTest, FindsTheLastLineHoweverItEnds) {
  EXPECT_EQ(LastLine(path_).value(), "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},        {"one\n", "one"}, {"one\ntwo\n", "two"}, {"one\ntwo", "two"},
      {"one\n\n", ""}, {"\n", ""}};
  for (const auto& [text, last] : cases) {
    std::ofstream(path_, std::ios::trunc) << text;
    EXPECT_EQ(LastLine(path_).value(), last) << text;
  }
  EXPECT_EQ(LastLine("/dev/null").value(), "");
  std::ofstream(path_, std::ios::trunc) << std::string(size_t{3} << 20, 'x');
  EXPECT_FALSE(LastLine(path_).ok());
}

}  // namespace
}  // namespace firebreak::flows
