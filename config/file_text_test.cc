#include "config/file_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace firebreak::config {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class FileTextTest : public testing::Test {
 protected:
  std::string ErrorsOf(const std::string& path) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ReadFileText(path, &diagnostics).has_value());
    return diagnostics.Format(/*color=*/false);
  }

  const tests::TempFolder folder_;
};

TEST_F(FileTextTest, ReturnsTheBytesOfTheFile) {
  Diagnostics diagnostics;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(ReadFileText(folder_.Write("f", bytes), &diagnostics), bytes);
  std::filesystem::create_symlink("f", folder_.Path("link"));
  EXPECT_EQ(ReadFileText(folder_.Path("link"), &diagnostics), bytes);
  EXPECT_TRUE(diagnostics.ok());
}

TEST_F(FileTextTest, NamesTheFileItCannotRead) {
  const std::string missing = folder_.Path("missing");
  EXPECT_EQ(ErrorsOf(missing),
            missing + ": error[FB0101]: cannot read: No such file or directory\n");
  EXPECT_EQ(ErrorsOf(folder_.path()),
            folder_.path() + ": error[FB0101]: cannot read: it is a folder, not a file\n");
  EXPECT_THAT(ErrorsOf("/dev/null"), EndsWith("it is a device, not a file\n"));
  EXPECT_THAT(ErrorsOf(""), HasSubstr("[FB0101]"));
  EXPECT_THAT(ErrorsOf(std::string("/etc/passwd\0.yaml", 17)), HasSubstr("holds a NUL"));
}

TEST_F(FileTextTest, DoesNotWaitForAPipe) {
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ErrorsOf(pipe), EndsWith("it is a pipe, not a file\n"));
}

TEST_F(FileTextTest, RefusesAFileWithoutPermission) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const std::string path = folder_.Write("secret", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  EXPECT_THAT(ErrorsOf(path), EndsWith("cannot read: Permission denied\n"));
}

TEST_F(FileTextTest, RefusesEmptyAndOversizedFiles) {
  EXPECT_THAT(ErrorsOf(folder_.Write("empty", "")), EndsWith("error[FB0102]: the file is empty\n"));
  const std::string large = folder_.Write("large", "x");
  std::filesystem::resize_file(large, kMaxFileBytes + 1);
  EXPECT_THAT(ErrorsOf(large), EndsWith("error[FB0103]: larger than 64 MiB\n"));
}

}  // namespace
}  // namespace firebreak::config
