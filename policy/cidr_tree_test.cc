#include "policy/cidr_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace firebreak::policy {
namespace {

std::vector<uint32_t> Found(const CidrTree& tree, const std::string& address) {
  std::vector<uint32_t> found;
  tree.Find(*IpAddress::Parse(address), &found);
  std::sort(found.begin(), found.end());
  return found;
}

TEST(CidrTree, FindsEveryBlockAroundAnAddressAndNoOther) {
  CidrTree tree;
  const std::vector<std::string> blocks = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.0.0/16",
                                           "fd00::/8",   "0.0.0.0/0",   "::/0",     "10.128.0.0/9"};
  for (uint32_t i = 0; i < blocks.size(); ++i) tree.Add(*CidrBlock::Parse(blocks[i]), i);
  EXPECT_EQ(Found(tree, "10.1.2.3"), (std::vector<uint32_t>{0, 1, 2, 3, 5}));
  EXPECT_EQ(Found(tree, "10.1.2.4"), (std::vector<uint32_t>{0, 1, 3, 5}));
  EXPECT_EQ(Found(tree, "10.200.0.1"), (std::vector<uint32_t>{0, 5, 7}));
  EXPECT_EQ(Found(tree, "11.0.0.1"), (std::vector<uint32_t>{5}));
  EXPECT_EQ(Found(tree, "fd12::1"), (std::vector<uint32_t>{4, 6}));
}

TEST(CidrTree, EmptyFindsNothing) {
  const CidrTree tree;
  EXPECT_TRUE(tree.empty());
  EXPECT_TRUE(Found(tree, "10.0.0.1").empty());
}

TEST(CidrTree, FindsWhatLookingAtEachBlockFinds) {
  std::mt19937 random(7);
  const auto address = [&random] {
    return absl::StrCat("10.", random() % 4, ".", random() % 4, ".", random() % 256);
  };
  CidrTree tree;
  std::vector<CidrBlock> blocks;
  while (blocks.size() < 3000) {
    auto block = CidrBlock::Parse(absl::StrCat(address(), "/", random() % 33));
    if (!block.ok()) continue;  // set bits behind the prefix
    tree.Add(*block, static_cast<uint32_t>(blocks.size()));
    blocks.push_back(*block);
  }
  for (int i = 0; i < 500; ++i) {
    const std::string text = address();
    std::vector<uint32_t> expected;
    for (uint32_t b = 0; b < blocks.size(); ++b) {
      if (blocks[b].Contains(*IpAddress::Parse(text))) expected.push_back(b);
    }
    ASSERT_EQ(Found(tree, text), expected) << text;
  }
}

}  // namespace
}  // namespace firebreak::policy
