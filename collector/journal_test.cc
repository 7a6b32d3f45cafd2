#include "collector/journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "flows/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<Journal> Open() { return Journal::Open(path_).value(); }

  static void Append(Journal& journal, const std::string& text) {
    EXPECT_TRUE(journal.Append({.run = 1, .lines = 1}, text).ok());
  }

  static std::vector<std::string> TextsOf(const Journal& journal,
                                          Journal::Damage* damage = nullptr) {
    std::vector<std::string> texts;
    const auto replayed = journal.Replay([&](const flows::Frame& frame) {
      texts.push_back(frame.text);
      return absl::OkStatus();
    });
    EXPECT_TRUE(replayed.ok());
    if (damage != nullptr) *damage = *replayed;
    return texts;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("journal");
};

TEST_F(JournalTest, GivesBackWhatAnEarlierProcessAppended) {
  {
    const auto journal = Open();
    Append(*journal, "one\n");
    Append(*journal, "two\n");
    EXPECT_FALSE(journal->synced());
    EXPECT_TRUE(journal->Sync().ok());
    EXPECT_TRUE(journal->synced());
  }
  const auto journal = Open();
  EXPECT_EQ(TextsOf(*journal), (std::vector<std::string>{"one\n", "two\n"}));
  EXPECT_TRUE(journal->Clear().ok());
  EXPECT_EQ(journal->bytes(), 0);
  EXPECT_TRUE(TextsOf(*Open()).empty());
}

TEST_F(JournalTest, AFrameThatWasCutShortAnywhereCostsItselfOnly) {
  {
    const auto journal = Open();
    Append(*journal, "one\n");
  }
  const auto first = std::filesystem::file_size(path_);
  {
    const auto journal = Open();
    Append(*journal, "two\n");
  }
  for (auto size = std::filesystem::file_size(path_) - 1; size > first; --size) {
    std::filesystem::resize_file(path_, size);
    Journal::Damage damage;
    EXPECT_EQ(TextsOf(*Open(), &damage), std::vector<std::string>{"one\n"}) << size;
    EXPECT_TRUE(damage.cut_short) << size;
    EXPECT_EQ(damage.inside.places, 0) << size;
  }
}

TEST_F(JournalTest, DamageAheadOfAWholeFrameIsNoneThatACrashLeaves) {
  const auto journal = Open();
  Append(*journal, "one\n");
  const uint64_t end_of_first = journal->bytes();
  Append(*journal, "two\n");
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(end_of_first) - 1);
    file.put('\x7f');
  }
  Journal::Damage damage;
  EXPECT_EQ(TextsOf(*journal, &damage), std::vector<std::string>{"two\n"});
  EXPECT_EQ(damage.inside.places, 1);
  EXPECT_EQ(damage.inside.lines, 1);
  EXPECT_FALSE(damage.cut_short);
  ASSERT_TRUE(journal->SetAside().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(TextsOf(*Journal::Open(path_ + ".damaged").value()), std::vector<std::string>{"two\n"});
}

TEST_F(JournalTest, AFullDiskLeavesWholeFramesOnly) {
  const auto journal = Open();
  Append(*journal, "one\n");
  {
    const flows::SizeLimit limit(journal->bytes() + 30);
    EXPECT_FALSE(journal->Append({.run = 1, .lines = 1}, "two\n").ok());
  }
  Append(*journal, "three\n");
  Journal::Damage damage;
  EXPECT_EQ(TextsOf(*journal, &damage), (std::vector<std::string>{"one\n", "three\n"}));
  EXPECT_EQ(damage.inside.places, 0);
  EXPECT_FALSE(damage.cut_short);
}

TEST_F(JournalTest, TheErrorNamesTheFile) {
  const auto journal = Journal::Open(folder_.Path("no/journal"));
  ASSERT_FALSE(journal.ok());
  EXPECT_NE(journal.status().message().find("no/journal"), std::string::npos);
}

}  // namespace
}  // namespace firebreak::collector
