#include "config/writable.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace firebreak::config {
namespace {

using testing::HasSubstr;

TEST(Writable, WhatIsThereAndWhatCanBeMade) {
  const tests::TempFolder folder;
  const std::string file = folder.Write("flows.jsonl", "");
  std::filesystem::create_symlink("not-yet", folder.Path("link"));
  ASSERT_EQ(mkfifo(folder.Path("pipe").c_str(), 0600), 0);
  for (const char* name : {"flows.jsonl", "new", "link", "pipe"}) {
    EXPECT_TRUE(CheckWritableFile(folder.Path(name)).ok()) << name;
  }
  EXPECT_TRUE(CheckWritableFile("/dev/null").ok());
  EXPECT_TRUE(CheckWritableFolder(folder.path()).ok());
  EXPECT_TRUE(CheckWritableFolder(folder.Path("spool")).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.Path("new"))) << "it was made";
  EXPECT_FALSE(std::filesystem::exists(folder.Path("spool"))) << "it was made";
}

TEST(Writable, AMissingFolderIsNamed) {
  const tests::TempFolder folder;
  const std::string missing = "there is no folder " + folder.Path("no");
  EXPECT_THAT(CheckWritableFile(folder.Path("no/flows.jsonl")).message(), HasSubstr(missing));
  EXPECT_THAT(CheckWritableFolder(folder.Path("no/spool")).message(), HasSubstr(missing));
  std::filesystem::create_symlink("no/where", folder.Path("link"));
  EXPECT_THAT(CheckWritableFile(folder.Path("link")).message(), HasSubstr(missing));
}

TEST(Writable, WhatIsOfAnotherKindIsRefused) {
  const tests::TempFolder folder;
  const std::string file = folder.Write("file", "");
  EXPECT_THAT(CheckWritableFile(folder.path()).message(), HasSubstr("is a folder, not a file"));
  EXPECT_THAT(CheckWritableFolder(file).message(), HasSubstr("not a folder"));
  EXPECT_FALSE(CheckWritableFile(file + "/flows.jsonl").ok());
  EXPECT_FALSE(CheckWritableFolder(file + "/spool").ok());
}

// True: nobody may write there who is not root. In a process of its own, since it gives that up.
bool IsRefusedToOthers(absl::Status (*check)(const std::string&), const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0) {
      const bool dropped = setgroups(0, nullptr) == 0 && setgid(65534) == 0 && setuid(65534) == 0;
      if (!dropped) _exit(2);
    }
    _exit(check(path).ok() ? 1 : 0);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Writable, WithoutTheRightItIsRefused) {
  const tests::TempFolder folder;
  const std::string file = folder.Write("flows.jsonl", "");
  ASSERT_EQ(chmod(file.c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0555), 0);
  EXPECT_TRUE(IsRefusedToOthers(CheckWritableFile, file));
  EXPECT_TRUE(IsRefusedToOthers(CheckWritableFile, folder.Path("new")));
  EXPECT_TRUE(IsRefusedToOthers(CheckWritableFolder, folder.path()));
  EXPECT_TRUE(IsRefusedToOthers(CheckWritableFolder, folder.Path("spool")));
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  EXPECT_FALSE(IsRefusedToOthers(CheckWritableFile, file));
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
}

}  // namespace
}  // namespace firebreak::config
