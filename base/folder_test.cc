#include "base/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace firebreak {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string NewFolder(const std::string& name) {
  std::string folder = testing::TempDir() + name + std::to_string(getpid());
  mkdir(folder.c_str(), 0700);
  return folder;
}

TEST(FolderEntries, AreAllNamesWhateverTheyAre) {
  const std::string folder = NewFolder("entries");
  EXPECT_THAT(FolderEntries(folder).value(), IsEmpty());
  std::ofstream(folder + "/a.segment") << "x";
  std::ofstream(folder + "/.hidden") << "x";
  mkdir((folder + "/inner").c_str(), 0700);
  EXPECT_THAT(FolderEntries(folder).value(), UnorderedElementsAre("a.segment", ".hidden", "inner"));
}

TEST(FolderEntries, NameTheFolderThatIsNotThere) {
  const auto entries = FolderEntries(std::string("/nowhere/at/all"));
  EXPECT_TRUE(absl::IsNotFound(entries.status()));
  EXPECT_NE(entries.status().message().find("/nowhere/at/all"), absl::string_view::npos);
}

TEST(FolderEntries, ThatCannotBeReadAreAnErrorAndNotAnEmptyFolder) {
  const std::string folder = NewFolder("broken");
  DIR* const stream = opendir(folder.c_str());
  ASSERT_NE(stream, nullptr);
  close(dirfd(stream));  // from here on the kernel answers EBADF
  EXPECT_FALSE(FolderEntries(stream, folder).ok());
  closedir(stream);
}

TEST(SyncFolder, NamesTheFolderThatIsNotThere) {
  EXPECT_TRUE(SyncFolder(NewFolder("synced")).ok());
  const absl::Status missing = SyncFolder("/nowhere/at/all");
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_NE(missing.message().find("/nowhere/at/all"), absl::string_view::npos);
}

}  // namespace
}  // namespace firebreak
