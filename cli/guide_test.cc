// docs/guide/policy.md against the program: each command in it prints what the page says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "cli/testing.h"

namespace firebreak::cli {
namespace {

constexpr char kFolder[] = FIREBREAK_SOURCE_DIR "/docs/guide";

// The commands of the guide run in its folder.
class Guide : public ::testing::Test {
 protected:
  Guide() : before_(std::filesystem::current_path()) { std::filesystem::current_path(kFolder); }
  ~Guide() override { std::filesystem::current_path(before_); }

  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

 private:
  const std::filesystem::path before_;
};

TEST_F(Guide, CommandsPrintWhatItSays) {
  const std::string page = Read("policy.md");
  const std::vector<std::string> blocks = absl::StrSplit(page, "\n```console");
  EXPECT_GE(blocks.size(), 10U);
  for (size_t i = 1; i < blocks.size(); ++i) {
    const std::string block = blocks[i].substr(0, blocks[i].find("\n```"));
    const std::vector<std::string> parts = absl::StrSplit(block, absl::MaxSplits('\n', 2));
    ASSERT_EQ(parts.size(), 3U) << block;
    int code = 0;
    absl::string_view info(parts[0]);
    if (absl::ConsumePrefix(&info, " exit=")) {
      ASSERT_TRUE(absl::SimpleAtoi(info, &code)) << block;
    }
    absl::string_view command(parts[1]);
    ASSERT_TRUE(absl::ConsumePrefix(&command, "$ firebreak ")) << block;
    const CommandRun run = RunForTest(absl::StrSplit(command, ' '));
    EXPECT_EQ(absl::StrCat(run.out, run.err), absl::StrCat(parts[2], "\n")) << command;
    EXPECT_EQ(run.exit_code, code) << command;
  }
}

TEST_F(Guide, FilesAreAsItShowsThem) {
  const std::string page = Read("policy.md");
  const std::vector<std::string> blocks = absl::StrSplit(page, "\n```yaml\n");
  EXPECT_GE(blocks.size(), 4U);
  for (size_t i = 1; i < blocks.size(); ++i) {
    const std::string block = absl::StrCat(blocks[i].substr(0, blocks[i].find("\n```")), "\n");
    bool shown = false;
    for (const auto& file : std::filesystem::recursive_directory_iterator("shop")) {
      shown = shown || (file.is_regular_file() && Read(file.path().string()) == block);
    }
    EXPECT_TRUE(shown) << block;
  }
}

}  // namespace
}  // namespace firebreak::cli
