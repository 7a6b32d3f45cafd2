#include "proxy/main/file_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_folder.h"

namespace firebreak::proxy {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    fs::create_directories(folder_ / "policy");
    Write("a.pem", "one");
    Write("policy/p.yaml", "one");
  }

  void Write(const std::string& name, const std::string& text) { temp_.Append(name, text); }
  FileWatch Watch() {
    return FileWatch({(folder_ / "a.pem").string(), (folder_ / "policy").string()});
  }

  const tests::TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(FileWatchTest, QuietWhileNothingChanges) {
  FileWatch watch = Watch();
  EXPECT_FALSE(watch.Settled());
  EXPECT_FALSE(watch.Settled());
}

TEST_F(FileWatchTest, SaysThatSomethingHasChangedBeforeItHasComeToRest) {
  FileWatch watch = Watch();
  EXPECT_FALSE(watch.Changed());
  Write("a.pem", "two");
  EXPECT_TRUE(watch.Changed());
  EXPECT_TRUE(watch.Changed()) << "until it is accepted";
  watch.Accept();
  EXPECT_FALSE(watch.Changed());
}

TEST_F(FileWatchTest, DoesNotListAFolderWhereAFileIsExpected) {
  FileWatch watch({(folder_ / "policy").string()}, FileWatch::Depth::kFiles);
  Write("policy/p.yaml", "two");
  EXPECT_FALSE(watch.Changed()) << "the folder itself has not changed";
}

TEST_F(FileWatchTest, ReportsAChangeOnceItHasComeToRest) {
  FileWatch watch = Watch();
  Write("policy/p.yaml", "two");
  EXPECT_FALSE(watch.Settled());
  Write("policy/p.yaml", "three");
  EXPECT_FALSE(watch.Settled());
  EXPECT_TRUE(watch.Settled());
  watch.Accept();
  EXPECT_FALSE(watch.Settled());
}

TEST_F(FileWatchTest, ReportsWhatNeverRestsWhenPatienceIsOver) {
  FileWatch watch = Watch();
  for (int round = 0; round < 2; ++round) {
    for (int look = 1; look < FileWatch::kPatience; ++look) {
      Write("policy/p.yaml", std::string(static_cast<size_t>(10 * round + look), 'x'));
      EXPECT_FALSE(watch.Settled());
    }
    Write("policy/p.yaml", std::string(static_cast<size_t>(10 * round + 9), 'x'));
    EXPECT_TRUE(watch.Settled());
    watch.Accept();
  }
}

TEST_F(FileWatchTest, SeesNewRenamedRemovedAndSwappedFiles) {
  FileWatch watch = Watch();
  const auto changed = [&] {
    watch.Settled();
    const bool settled = watch.Settled();
    watch.Accept();
    return settled;
  };
  Write("policy/q.yaml", "new");
  EXPECT_TRUE(changed());
  Write("next", "one");
  fs::rename(folder_ / "next", folder_ / "a.pem");
  EXPECT_TRUE(changed());
  fs::remove_all(folder_ / "policy");
  EXPECT_TRUE(changed());
  fs::create_directories(folder_ / "v1");
  fs::create_directories(folder_ / "v2");
  fs::create_directory_symlink("v1", folder_ / "policy");
  EXPECT_TRUE(changed());
  fs::remove(folder_ / "policy");
  fs::create_directory_symlink("v2", folder_ / "policy");
  EXPECT_TRUE(changed());
}

}  // namespace
}  // namespace firebreak::proxy
