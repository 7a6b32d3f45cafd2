#include "config/replace_file.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST(ReplaceFile, WritesWhatALinkLeadsTo) {
  const tests::TempFolder folder;
  const std::string target = folder.Write("target", "old");
  std::filesystem::create_symlink("target", folder.Path("near"));
  std::filesystem::create_symlink(folder.Path("near"), folder.Path("far"));
  ASSERT_TRUE(ReplaceFile(folder.Path("far"), "new", 0600).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.Path("far")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.Path("near")));
  EXPECT_EQ(Text(target), "new");
  std::filesystem::create_symlink("not-yet", folder.Path("early"));
  ASSERT_TRUE(ReplaceFile(folder.Path("early"), "first", 0600).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.Path("early")));
  EXPECT_EQ(Text(folder.Path("not-yet")), "first");
}

TEST(ReplaceFile, PutsNoFileWhereThereIsAnythingElse) {
  const tests::TempFolder folder;
  const std::string pipe = folder.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", folder.Path("to-pipe"));
  for (const std::string& path : {pipe, folder.Path("to-pipe")}) {
    const absl::Status refused = ReplaceFile(path, "new", 0600);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(refused.message().find("is a pipe, not a file"), std::string::npos) << refused;
  }
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.Path("to-pipe")));
  std::filesystem::create_symlink("round", folder.Path("round"));
  EXPECT_FALSE(ReplaceFile(folder.Path("round"), "new", 0600).ok());
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST(RewriteFile, LeavesTheModeOfTheFile) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("policy.yaml", "old");
  std::filesystem::create_symlink("policy.yaml", folder.Path("link"));
  for (const mode_t mode : {0600U, 0640U, 0664U, 0444U}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    for (const std::string& named : {path, folder.Path("link")}) {
      ASSERT_TRUE(RewriteFile(named, "new", 0644).ok());
      EXPECT_EQ(ModeOf(path), mode);
    }
  }
  EXPECT_EQ(Text(path), "new");
}

TEST(RewriteFile, MakesOneThatIsNotThere) {
  const tests::TempFolder folder;
  ASSERT_TRUE(RewriteFile(folder.Path("new"), "new", 0600).ok());
  EXPECT_EQ(ModeOf(folder.Path("new")), 0600U);
}

TEST(RewriteFile, LeavesTheOwnerWhereItMayGiveFilesAway) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  const tests::TempFolder folder;
  const std::string path = folder.Write("policy.yaml", "old");
  ASSERT_EQ(chown(path.c_str(), 1337, 1338), 0);
  ASSERT_TRUE(RewriteFile(path, "new", 0644).ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 1337U);
  EXPECT_EQ(info.st_gid, 1338U);
}

// In a process of its own, since it gives up being root.
int RewriteAs(uid_t user, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const bool dropped = setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0;
    _exit(dropped && RewriteFile(path, "new", 0644).ok() ? 0 : 1);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RewriteFile, AnotherGroupGetsNoMoreThanEverybodyHas) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const tests::TempFolder folder;
  ASSERT_EQ(chmod(folder.Path("").c_str(), 0777), 0);
  const std::string path = folder.Write("policy.yaml", "old");
  ASSERT_EQ(chown(path.c_str(), 1337, 1338), 0);
  ASSERT_EQ(chmod(path.c_str(), 0664), 0);
  ASSERT_EQ(RewriteAs(65534, path), 0);
  EXPECT_EQ(Text(path), "new");
  EXPECT_EQ(ModeOf(path), 0644U);
}

TEST(ReplaceFile, FollowsNoLinkThatSomebodyElseLeftInASharedFolder) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a link of somebody else's";
  const tests::TempFolder folder;
  const std::string target = folder.Write("target", "old");
  const std::string shared = folder.Path("shared");
  std::filesystem::create_directory(shared);
  ASSERT_EQ(chmod(shared.c_str(), 01777), 0);
  const std::string link = shared + "/link";
  std::filesystem::create_symlink(target, link);
  ASSERT_EQ(lchown(link.c_str(), 65534, 65534), 0);
  EXPECT_FALSE(ReplaceFile(link, "new", 0600).ok());
  EXPECT_EQ(Text(target), "old");
}

}  // namespace
}  // namespace firebreak::config
