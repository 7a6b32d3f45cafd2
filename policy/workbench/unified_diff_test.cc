#include "policy/workbench/unified_diff.h"

#include <gtest/gtest.h>

namespace firebreak::policy {
namespace {

TEST(UnifiedDiff, OneLineInTheMiddle) {
  EXPECT_EQ(UnifiedDiff("p.yaml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a/p.yaml\n+++ b/p.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, AdditionAtTheEndOfATextWithoutLineFeed) {
  EXPECT_EQ(UnifiedDiff("/p.yaml", "1\n2", "1\n2\n3\n"),
            "--- /p.yaml\n+++ /p.yaml\n@@ -1,2 +1,3 @@\n 1\n-2\n\\ No newline at end of file\n"
            "+2\n+3\n");
}

TEST(UnifiedDiff, EmptyAndEqual) {
  EXPECT_EQ(UnifiedDiff("p", "a\n", "a\n"), "");
  EXPECT_EQ(UnifiedDiff("p", "", "a\n"), "--- a/p\n+++ b/p\n@@ -0,0 +1 @@\n+a\n");
}

// Repeated lines: what is before and what is after must not overlap.
TEST(UnifiedDiff, AddsOneOfManyEqualLines) {
  EXPECT_EQ(UnifiedDiff("p", "a\na\n", "a\na\na\n"),
            "--- a/p\n+++ b/p\n@@ -1,2 +1,3 @@\n a\n a\n+a\n");
}

}  // namespace
}  // namespace firebreak::policy
