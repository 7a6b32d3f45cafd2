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

// Sorted at compile time and found through its first letter, so that nearly every word of a text
// costs a look at one short bucket, by length first.
template <typename Meaning, size_t kSize>
class WordTable {
 public:
  constexpr explicit WordTable(const WordEntry<Meaning> (&entries)[kSize]) {
    for (size_t i = 0; i < kSize; ++i) entries_[i] = entries[i];
    // Insertion sort by bucket: runs in the compiler, once.
    for (size_t i = 1; i < kSize; ++i) {
      for (size_t j = i; j > 0 && BucketOf(entries_[j].word) < BucketOf(entries_[j - 1].word);
           --j) {
        const WordEntry<Meaning> held = entries_[j];
        entries_[j] = entries_[j - 1];
        entries_[j - 1] = held;
      }
    }
    size_t next = 0;
    for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
      first_[bucket] = static_cast<uint16_t>(next);
      while (next < kSize && BucketOf(entries_[next].word) == bucket) ++next;
    }
    first_[kBuckets] = static_cast<uint16_t>(kSize);
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
  static constexpr size_t kBuckets = 28;

  static constexpr size_t BucketOf(absl::string_view word) {
    const char c = word[0];
    if (c >= 'a' && c <= 'z') return static_cast<size_t>(c - 'a');
    return c == '_' ? 26 : 27;
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
