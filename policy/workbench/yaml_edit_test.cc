#include "policy/workbench/yaml_edit.h"

#include <gtest/gtest.h>

#include <utility>

namespace firebreak::policy {
namespace {

// Added puts the value "new" behind the entry that begins where text has a "@", which is taken out.
std::string Added(std::string text) {
  const size_t at = text.find('@');
  text.erase(at, 1);
  config::SourcePosition position{0, 0};
  for (size_t i = 0; i < at; ++i) {
    ++position.offset;
    if (text[i] == '\n') position = {position.line + 1, 0};
  }
  return AppendEntry(text, position, {"\"new\"", {"\"new\""}}).value_or("(none)");
}

TEST(YamlEdit, FlowLists) {
  EXPECT_EQ(Added("a: [x, @y]\n"), "a: [x, y, \"new\"]\n");
  EXPECT_EQ(Added("a: [@\"y, ]\\\"\" ]\n"), "a: [\"y, ]\\\"\", \"new\" ]\n");
  EXPECT_EQ(Added("a: [@'it''s']\n"), "a: ['it''s', \"new\"]\n");
  EXPECT_EQ(Added("a: [{b: [@c]}]\n"), "a: [{b: [c, \"new\"]}]\n");
  EXPECT_EQ(Added("a: [@{b: ['}', c]}]\n"), "a: [{b: ['}', c]}, \"new\"]\n");
  EXPECT_EQ(Added("a: [x,\n    @y   # why\n   ]\n"), "a: [x,\n    y, \"new\"   # why\n   ]\n");
  EXPECT_EQ(Added("a: [@{b: it's, c: d#e}]\n"), "a: [{b: it's, c: d#e}, \"new\"]\n");
}

TEST(YamlEdit, BlockLists) {
  EXPECT_EQ(Added("a:\n- x\n- @y\nb: 1\n"), "a:\n- x\n- y\n- \"new\"\nb: 1\n");
  EXPECT_EQ(Added("a:\n  - @y  # why\n"), "a:\n  - y  # why\n  - \"new\"\n");
  EXPECT_EQ(Added("a:\n- @b: 1\n  c:\n  - 2\n\n# about d\nd: 1\n"),
            "a:\n- b: 1\n  c:\n  - 2\n- \"new\"\n\n# about d\nd: 1\n");
  EXPECT_EQ(Added("a:\n- @b: 1\n# aside\n  c: 2\nd: 1\n"),
            "a:\n- b: 1\n# aside\n  c: 2\n- \"new\"\nd: 1\n");
  EXPECT_EQ(Added("a:\n- @y"), "a:\n- y\n- \"new\"\n");
  EXPECT_EQ(Added("a:\r\n- @y\r\n"), "a:\r\n- y\r\n- \"new\"\r\n");
  EXPECT_EQ(Added("a:\n- @y\n---\nb: 1\n"), "a:\n- y\n- \"new\"\n---\nb: 1\n");
}

TEST(YamlEdit, ListWithinAListEntry) {
  EXPECT_EQ(Added("- - x\n  - @y\n- z\n"), "- - x\n  - y\n  - \"new\"\n- z\n");
}

TEST(YamlEdit, UnterminatedIsLeftAlone) {
  EXPECT_EQ(Added("a: [@\"y\n"), "(none)");
  EXPECT_EQ(Added("a: [@{b: c\n"), "(none)");
  EXPECT_EQ(AppendEntry("a", {7, 3}, {"x", {"x"}}), std::nullopt);
  EXPECT_EQ(AppendEntry("a", {}, {"x", {"x"}}), std::nullopt);
}

std::optional<std::string> Removed(const std::string& text,
                                   std::vector<config::SourcePosition> places) {
  return RemoveEntries(text, std::move(places));
}

TEST(YamlEdit, RemovesFromFlowListsWithTheComma) {
  EXPECT_EQ(Removed("a: [x, y, z]\n", {{0, 4}}), "a: [y, z]\n");
  EXPECT_EQ(Removed("a: [x, y, z]\n", {{0, 10}}), "a: [x, y]\n");
  EXPECT_EQ(Removed("a: [\"x,]\", 'y''', {b: [c]}]\n", {{0, 11}, {0, 18}}), "a: [\"x,]\"]\n");
  EXPECT_EQ(Removed("a: [x#y, it's ]\n", {{0, 9}}), "a: [x#y]\n");
  EXPECT_EQ(Removed("a: [{b: c,  # why\n     d: e}, x]\n", {{0, 4}}), "a: [x]\n");
}

TEST(YamlEdit, RemovesFromBlockListsWithTheCommentAbove) {
  EXPECT_EQ(Removed("a:\n- x\n- y\n", {{1, 2}}), "a:\n- y\n");
  EXPECT_EQ(Removed("a:\n-\n  b: 1\n- c: 2\n", {{2, 2}}), "a:\n- c: 2\n");
  EXPECT_EQ(Removed("a:\n  # why\n  - b: 1\n    c: 2\n\n  # other\n  - y\n", {{2, 4}}),
            "a:\n\n  # other\n  - y\n");
}

TEST(YamlEdit, RemovesNothingWhereItIsInDoubt) {
  EXPECT_EQ(Removed("- - x\n  - y\n", {{0, 4}}), std::nullopt);
  EXPECT_EQ(Removed("a: [x,  # why\n    y]\n", {{1, 4}}), std::nullopt);
  EXPECT_EQ(Removed("a: [x, y  # why\n   ]\n", {{0, 7}}), std::nullopt);
  EXPECT_EQ(Removed("a: [x]\n", {{0, 4}}), std::nullopt);
}

TEST(YamlEdit, Documents) {
  EXPECT_EQ(AppendDocument("a: 1", "b: 2\n"), "a: 1\n---\nb: 2\n");
  EXPECT_EQ(AppendDocument("a: 1\r\n", "b: 2\n"), "a: 1\r\n---\r\nb: 2\r\n");
}

}  // namespace
}  // namespace firebreak::policy
