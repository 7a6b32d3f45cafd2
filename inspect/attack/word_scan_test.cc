#include "inspect/attack/word_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

uint32_t FoundOneByOne(absl::string_view text, const std::vector<WordScan::Word>& words) {
  uint32_t found = 0;
  for (const WordScan::Word& word : words) {
    ForEach(text, absl::string_view(word.text), [&](size_t at) {
      const size_t end = at + word.text.size();
      const bool beside = (at > 0 && IsNameByte(text[at - 1])) || IsNameByte(At(text, end));
      if (!word.alone || !beside) found |= 1U << word.group;
      return false;
    });
  }
  return found;
}

TEST(WordScan, FindsTheGroupsThatStringsFind) {
  const std::vector<WordScan::Word> words = {
      {"aab", 0, false},         {"abba", 1, true},       {"aab_b", 2, false}, {"a b", 3, false},
      {"\x80\x81\x80", 4, true}, {"bbbbbbbb", 31, false}, {"b1$", 5, true},    {"aba", 1, true}};
  const WordScan scan(words);
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  constexpr absl::string_view kLetters("aabb_1 $\x80\x81\x00", 11);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (size_t size = random() % 32; size > 0; --size)
      text += kLetters[random() % kLetters.size()];
    EXPECT_EQ(scan.Find(text), FoundOneByOne(text, words)) << text;
  }
}

TEST(WordScan, FindsAWordAtBothEnds) {
  const WordScan scan({{"union", 3, true}});
  for (const char* const text : {"union", "union all", "(union", "a union", " union "}) {
    EXPECT_EQ(scan.Find(text), 8U) << text;
  }
  for (const char* const text :
       {"", "un", "unio", "nion", "reunion", "unions", "_union", "union1"}) {
    EXPECT_EQ(scan.Find(text), 0U) << text;
  }
}

}  // namespace
}  // namespace firebreak::inspect
