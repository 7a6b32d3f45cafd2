#include "inspect/attack/lower_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "inspect/attack/byte_class.h"

namespace firebreak::inspect {
namespace {

TEST(LowerText, LowersAsciiAloneAndGathersClasses) {
  LowerText text;
  text.Set("Ab Z\xC4[@`{AZaz\xC1\xDA");
  EXPECT_EQ(text.text(), "ab z\xC4[@`{azaz\xC1\xDA");
  EXPECT_EQ(text.classes(), ClassesOf(text.text()));
}

TEST(LowerText, FindsWhatStringsFind) {
  constexpr auto kNeedles = Needles("ab", "ba", "abba", "a b", "\x80\x81", "${", "bbbbbbbb", "aab");
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  constexpr absl::string_view kLetters("abAB ${\x80\x81\x00", 10);
  LowerText text;
  for (int round = 0; round < 2000; ++round) {
    std::string original;
    for (size_t size = random() % 24; size > 0; --size) {
      original += kLetters[random() % kLetters.size()];
    }
    text.Set(original);
    for (const Needle& needle : kNeedles) {
      EXPECT_EQ(text.Find(needle), text.text().find(needle.text));
    }
  }
}

TEST(LowerText, KnowsWhichWordsAreThere) {
  LowerText text;
  text.Set("the quick brown fox jumps over the lazy dog");
  EXPECT_FALSE(text.MayHold(Needle("document.cookie")));
  EXPECT_FALSE(text.Has(WordGroup::kScriptSecret));
  text.Set("a DOCUMENT.cookie");
  EXPECT_TRUE(text.MayHold(Needle("document.cookie")));
  EXPECT_TRUE(text.Has(WordGroup::kScriptSecret));
  EXPECT_FALSE(text.Has(WordGroup::kXpath));
}

}  // namespace
}  // namespace firebreak::inspect
