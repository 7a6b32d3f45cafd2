// WordTable: a fixed set of lower-case words and what each means, looked up without allocation.
#ifndef FIREBREAK_INSPECT_ATTACK_WORD_TABLE_H_
#define FIREBREAK_INSPECT_ATTACK_WORD_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

template <typename Meaning>
struct WordEntry {
  absl::string_view word;
  Meaning meaning;
};

// Sorted at compile time and found through its first and last letter and its length, so that a word
// of a text costs a look at one or two of the table's, whatever it is.
template <typename Meaning, size_t kSize>
class WordTable {
 public:
  constexpr explicit WordTable(const WordEntry<Meaning> (&entries)[kSize]) {
    // A counting sort by bucket: runs in the compiler, once.
    for (const WordEntry<Meaning>& entry : entries) ++first_[BucketOf(entry.word) + 1];
    for (size_t bucket = 0; bucket < kBuckets; ++bucket) first_[bucket + 1] += first_[bucket];
    std::array<uint16_t, kBuckets> next{};
    for (const WordEntry<Meaning>& entry : entries) {
      const size_t bucket = BucketOf(entry.word);
      entries_[static_cast<size_t>(first_[bucket] + next[bucket]++)] = entry;
    }
  }

  // Find returns nullptr for a word that is not in the table; `word` is in lower case.
  constexpr const Meaning* Find(absl::string_view word) const {
    if (word.empty()) return nullptr;
    const size_t bucket = BucketOf(word);
    for (size_t i = first_[bucket]; i < first_[bucket + 1]; ++i) {
      if (entries_[i].word == word) return &entries_[i].meaning;
    }
    return nullptr;
  }
  constexpr bool Has(absl::string_view word) const { return Find(word) != nullptr; }

 private:
  static constexpr size_t kBuckets = 256;

  static constexpr size_t BucketOf(absl::string_view word) {
    const auto first = static_cast<uint8_t>(word[0]);
    const auto last = static_cast<uint8_t>(word[word.size() - 1]);
    return (first * 5U + last * 27U + word.size() * 97U) % kBuckets;
  }

  std::array<WordEntry<Meaning>, kSize> entries_{};
  std::array<uint16_t, kBuckets + 1> first_{};
};

// A table whose words mean no more than that they are in it.
struct Present {};
template <size_t kSize>
class WordSet {
 public:
  constexpr explicit WordSet(const absl::string_view (&words)[kSize]) : table_(Make(words)) {}
  constexpr bool Has(absl::string_view word) const { return table_.Has(word); }

 private:
  static constexpr WordTable<Present, kSize> Make(const absl::string_view (&words)[kSize]) {
    WordEntry<Present> entries[kSize];
    for (size_t i = 0; i < kSize; ++i) entries[i].word = words[i];
    return WordTable<Present, kSize>(entries);
  }
  WordTable<Present, kSize> table_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_WORD_TABLE_H_
