#include "base/intrusive_list.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace firebreak {
namespace {

struct Letter final : ListNode<Letter> {
  explicit Letter(char name) : letter(name) {}
  char letter;
};

std::string Spelled(IntrusiveList<Letter>& list) {
  std::string word;
  list.ForEach([&word](const Letter& node) { word.push_back(node.letter); });
  EXPECT_EQ(list.size(), word.size());
  EXPECT_EQ(list.empty(), word.empty());
  EXPECT_EQ(list.front() == nullptr, word.empty());
  return word;
}

class IntrusiveListTest : public testing::Test {
 protected:
  IntrusiveListTest() {
    for (Letter* letter : {&a_, &b_, &c_}) list_.Append(*letter);
  }
  Letter a_{'a'};
  Letter b_{'b'};
  Letter c_{'c'};
  IntrusiveList<Letter> list_;
};

TEST_F(IntrusiveListTest, KeepsTheOrderInWhichNodesJoined) {
  EXPECT_EQ(Spelled(list_), "abc");
  EXPECT_EQ(&list_.TakeFront(), &a_);
  EXPECT_FALSE(a_.listed());
  EXPECT_EQ(Spelled(list_), "bc");
  list_.Append(a_);
  EXPECT_EQ(Spelled(list_), "bca");
}

TEST_F(IntrusiveListTest, TakesOutFirstMiddleLastAndOnlyNode) {
  list_.Remove(b_);
  EXPECT_EQ(Spelled(list_), "ac");
  list_.Remove(b_);
  EXPECT_EQ(Spelled(list_), "ac");
  list_.Remove(a_);
  EXPECT_EQ(Spelled(list_), "c");
  list_.Remove(c_);
  EXPECT_EQ(Spelled(list_), "");
  list_.Append(b_);
  EXPECT_EQ(Spelled(list_), "b");
}

TEST_F(IntrusiveListTest, AppendMovesANodeFromWhereverItIs) {
  IntrusiveList<Letter> other;
  other.Append(b_);
  EXPECT_EQ(Spelled(list_), "ac");
  EXPECT_EQ(Spelled(other), "b");
  list_.Append(a_);
  EXPECT_EQ(Spelled(list_), "ca");
  list_.Remove(b_);
  EXPECT_EQ(Spelled(other), "b") << "it is not in the list that was asked";
}

TEST_F(IntrusiveListTest, ADestroyedNodeLeavesItsList) {
  auto last = std::make_unique<Letter>('d');
  list_.Append(*last);
  last.reset();
  EXPECT_EQ(Spelled(list_), "abc");
}

TEST_F(IntrusiveListTest, NodesOutliveTheirList) {
  std::optional<IntrusiveList<Letter>> short_lived;
  short_lived.emplace();
  short_lived->Append(a_);
  short_lived->Append(b_);
  short_lived.reset();
  EXPECT_FALSE(a_.listed());
  list_.Append(a_);
  EXPECT_EQ(Spelled(list_), "ca");
}

TEST_F(IntrusiveListTest, AVisitMayTakeOutOrDestroyItsNode) {
  auto last = std::make_unique<Letter>('d');
  list_.Append(*last);
  std::string visited;
  list_.ForEach([&](Letter& node) {
    visited.push_back(node.letter);
    if (&node == &b_) list_.Remove(node);
    if (&node == last.get()) last.reset();
  });
  EXPECT_EQ(visited, "abcd");
  EXPECT_EQ(Spelled(list_), "ac");
}

}  // namespace
}  // namespace firebreak
