#include "config/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "config/file_text.h"
#include "tests/support/temp_folder.h"

namespace firebreak::config {
namespace {

std::string Text(const std::string& path) {
  Diagnostics diagnostics;
  return ReadFileText(path, &diagnostics).value_or("");
}

TEST(ReplaceFile, PutsTheNewContentInThePlaceOfTheOldAndLeavesNothingElse) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("state", "old");
  ASSERT_TRUE(ReplaceFile(path, "new", 0600).ok());
  EXPECT_EQ(Text(path), "new");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.Path(""))) {
    files += entry.exists() ? 1 : 0;
  }
  EXPECT_EQ(files, 1U);
}

TEST(ReplaceFile, AFailureLeavesWhatWasThere) {
  const tests::TempFolder folder;
  std::filesystem::create_directory(folder.Path("taken"));
  EXPECT_FALSE(ReplaceFile(folder.Path("taken"), "new", 0600).ok());
  EXPECT_TRUE(std::filesystem::is_directory(folder.Path("taken")));
  EXPECT_FALSE(ReplaceFile(folder.Path("no/such/folder"), "new", 0600).ok());
}

}  // namespace
}  // namespace firebreak::config
