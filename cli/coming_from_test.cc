// The examples of docs/guide/coming-from.md are run, and what they print is what stands there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

// Block is one fenced block: what stands behind its fence, and its lines.
struct Block {
  std::string info;
  std::string text;
};

std::vector<Block> BlocksOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<Block> blocks;
  bool within = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "```")) {
      within = !within;
      if (within) blocks.push_back({line.substr(3), ""});
    } else if (within) {
      absl::StrAppend(&blocks.back().text, line, "\n");
    }
  }
  return blocks;
}

TEST(ComingFrom, ExamplesPrintWhatThePageSays) {
  const std::vector<Block> blocks =
      BlocksOf(absl::StrCat(FIREBREAK_SOURCE_DIR, "/docs/guide/coming-from.md"));
  const tests::TempFolder folder;
  std::string workloads;
  int examples = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].info == "yaml workloads") {
      workloads = folder.Write("workloads.yaml", blocks[i].text);
    }
    if (!absl::StartsWith(blocks[i].info, "yaml import") || blocks[i].info == "yaml imported") {
      continue;
    }
    ASSERT_LT(i + 1, blocks.size());
    ASSERT_EQ(blocks[i + 1].info, "yaml imported");
    std::vector<std::string> args = {"policy", "import"};
    const std::vector<std::string> words = absl::StrSplit(blocks[i].info, ' ');
    args.insert(args.end(), words.begin() + 2, words.end());
    if (args.back() == "--workloads") args.push_back(workloads);
    args.push_back(folder.Write("theirs.yaml", blocks[i].text));
    const CommandRun run = RunForTest(args);
    EXPECT_EQ(run.exit_code, kExitYes) << run.err << blocks[i].text;
    EXPECT_EQ(run.out, blocks[i + 1].text);
    ++examples;
  }
  EXPECT_EQ(examples, 4);
}

}  // namespace
}  // namespace firebreak::cli
