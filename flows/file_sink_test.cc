#include "flows/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

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

class FileSinkTest : public testing::Test {
 protected:
  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
};

TEST_F(FileSinkTest, CreatesAFileThatOthersCannotRead) {
  const mode_t old_mask = umask(0);
  const auto sink = FileSink::Open(path_);
  umask(old_mask);
  ASSERT_TRUE(sink.ok()) << sink.status();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640);
}

TEST_F(FileSinkTest, NamesTheFileItCannotOpen) {
  const auto sink = FileSink::Open(folder_.Path("absent/flows.jsonl"));
  ASSERT_FALSE(sink.ok());
  EXPECT_THAT(std::string(sink.status().message()), HasSubstr("/absent/flows.jsonl"));
}

TEST_F(FileSinkTest, AppendsAndCounts) {
  std::ofstream(path_) << "old\n";
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok());
  sink->buffer() += "one\ntwo\n";
  ASSERT_TRUE(sink->Write().ok());
  EXPECT_EQ(ReadFile(path_), "old\none\ntwo\n");
  EXPECT_EQ(sink->lines_written(), 2U);
  EXPECT_EQ(sink->bytes_written(), 8U);
}

TEST_F(FileSinkTest, EndsALineThatACrashCutOff) {
  std::ofstream(path_) << "whole\n{\"time\":";
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok());
  sink->buffer() += "next\n";
  ASSERT_TRUE(sink->Write().ok());
  EXPECT_EQ(ReadFile(path_), "whole\n{\"time\":\nnext\n");
}

TEST_F(FileSinkTest, KeepsWhatTheDiskRefusesAndGoesOnInTheMiddleOfTheLine) {
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok());
  sink->buffer() += "first\nsecond\nthird\n";
  {
    const SizeLimit full(8);
    EXPECT_FALSE(sink->Write().ok());
  }
  EXPECT_EQ(ReadFile(path_), "first\nse");
  EXPECT_EQ(sink->lines_written(), 1U);
  ASSERT_TRUE(sink->Write().ok());
  EXPECT_EQ(ReadFile(path_), "first\nsecond\nthird\n");
  EXPECT_EQ(sink->lines_written(), 3U);
}

TEST_F(FileSinkTest, WritesATornLineWholeIntoTheNextFile) {
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok());
  sink->buffer() += "first\nsecond\n";
  {
    const SizeLimit full(8);
    EXPECT_FALSE(sink->Write().ok());
  }
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_TRUE(sink->Reopen().ok());
  ASSERT_TRUE(sink->Write().ok());
  EXPECT_EQ(ReadFile(path_), "second\n");
}

TEST_F(FileSinkTest, KeepsTheOldFileWhenReopeningFails) {
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok());
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(sink->Reopen().ok());
  sink->buffer() += "still here\n";
  EXPECT_TRUE(sink->Write().ok());
  EXPECT_EQ(ReadFile(path_ + ".1"), "still here\n");
  rmdir(path_.c_str());
}

TEST_F(FileSinkTest, NeitherHangsNorDiesOnAPipe) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(FileSink::Open(path_).ok()) << "nobody reads it";
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  auto sink = FileSink::Open(path_);
  ASSERT_TRUE(sink.ok()) << sink.status();
  sink->buffer() = std::string(1 << 20, 'x') + "\n";
  EXPECT_TRUE(absl::IsUnavailable(sink->Write())) << "more than the pipe holds";
  EXPECT_GT(sink->bytes_written(), 0U);
  EXPECT_EQ(sink->Discard(), 1U);
  close(reader);
}

}  // namespace
}  // namespace firebreak::flows
