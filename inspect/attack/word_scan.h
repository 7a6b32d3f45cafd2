// WordScan: which of some hundred words are in a text, in one pass over it.
#ifndef FIREBREAK_INSPECT_ATTACK_WORD_SCAN_H_
#define FIREBREAK_INSPECT_ATTACK_WORD_SCAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Each word has three bytes by which it is known, those that are rarest in ordinary text. The pass
// looks up every three bytes of the text in a table of bits and compares words only where it says
// so, which in a page of prose is a few dozen times. Words are in groups, and the answer is which
// groups are there: a parser whose words are not in the text need not look for each.
//
// Immutable; any thread may ask.
class WordScan {
 public:
  static constexpr size_t kShortestWord = 3;
  static constexpr size_t kMaxGroups = 32;

  struct Word {
    std::string text;  // in lower case, at least kShortestWord bytes
    uint8_t group = 0;
    // Counts only where no letter, digit or underscore stands beside it.
    bool alone = false;
  };

  explicit WordScan(std::vector<Word> words);

  // Find returns a bit for each group of which a word is in the text, which is in lower case.
  // Linear in the text.
  uint32_t Find(absl::string_view text) const;

 private:
  static constexpr unsigned kFilterBits = 16;
  static constexpr size_t kBuckets = 512;

  struct Entry {
    uint32_t gram = 0;
    uint16_t word = 0;
    uint8_t offset = 0;  // of the gram in the word
  };

  static uint32_t HashOf(uint32_t gram) { return (gram * 0x9E3779B1U) >> (32U - kFilterBits); }
  bool IsMarked(uint32_t hash) const { return (filter_[hash >> 3U] >> (hash & 7U) & 1U) != 0; }
  // The groups of the words that are known by the gram at `at` and stand there, but for `known`.
  uint32_t LookAt(absl::string_view text, size_t at, uint32_t known) const;

  std::vector<Word> words_;
  std::vector<Entry> entries_;  // by bucket
  std::array<uint16_t, kBuckets + 1> first_{};
  std::array<uint8_t, (size_t{1} << kFilterBits) / 8> filter_{};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_WORD_SCAN_H_
