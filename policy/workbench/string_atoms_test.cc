#include "policy/workbench/string_atoms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firebreak::policy {
namespace {

using ::testing::UnorderedElementsAre;

std::vector<std::string> Strings(Grammar grammar, const std::vector<Glob>& globs) {
  const auto strings = RepresentativeStrings(grammar, globs);
  EXPECT_TRUE(strings.ok()) << strings.status();
  return strings.ok() ? *strings : std::vector<std::string>();
}

TEST(StringAtoms, NoPatternTellsNothingApart) {
  EXPECT_THAT(Strings(Grammar::kPath, {}), UnorderedElementsAre("/"));
}

TEST(StringAtoms, OneStringForEachWayToMatch) {
  const std::vector<Glob> globs = {Glob().Affix("/a/*", false), Glob().Affix("*.js", false)};
  EXPECT_THAT(Strings(Grammar::kPath, globs), UnorderedElementsAre("/", "/a/", "/.js", "/a/.js"));
}

TEST(StringAtoms, PathsHaveNoEmptyAndNoDotSegments) {
  // Nothing but "/a/./b" and "/a//b" would match the first and the second.
  const std::vector<Glob> globs = {Glob().Literal("/a/./b"), Glob().Literal("/a//b"),
                                   Glob().Literal("/a/.b")};
  EXPECT_THAT(Strings(Grammar::kPath, globs), UnorderedElementsAre("/", "/a/.b"));
}

TEST(StringAtoms, EscapeIsOneCharacter) {
  const std::vector<Glob> globs = {Glob().Literal("/%2F").InSegment(true)};
  EXPECT_THAT(Strings(Grammar::kPath, globs), UnorderedElementsAre("/", "/%2Fx"));
}

TEST(StringAtoms, WildcardWithinASegmentEndsThere) {
  const std::vector<Glob> globs = {Glob().Literal("/").InSegment(true),
                                   Glob().Literal("/").Any(true)};
  EXPECT_THAT(Strings(Grammar::kPath, globs), UnorderedElementsAre("/", "/x", "/x/"));
}

TEST(StringAtoms, ElementsOfListsHaveNoComma) {
  const std::vector<Glob> globs = {Glob().Literal("a,b")};
  EXPECT_THAT(Strings(Grammar::kElement, globs), UnorderedElementsAre("x"));
  EXPECT_THAT(Strings(Grammar::kText, globs), UnorderedElementsAre("x", "a,b"));
}

// Twenty texts, each of which may stand in a string or not, are a million ways to match.
TEST(StringAtoms, GivesUpRatherThanTakeForEver) {
  std::vector<Glob> globs;
  for (char letter = 'a'; letter < 'a' + 20; ++letter) {
    globs.push_back(Glob().Any(false).Literal(std::string(1, letter)).Any(false));
  }
  EXPECT_EQ(RepresentativeStrings(Grammar::kToken, globs).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace firebreak::policy
