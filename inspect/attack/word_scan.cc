#include "inspect/attack/word_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "inspect/attack/byte_class.h"

namespace firebreak::inspect {
namespace {

// How common a byte is in text, roughly: what is not here is rare.
constexpr absl::string_view kCommonFirst = " etaoinsrhldcumpfgwybv.,k";

int CommonnessOf(char c) {
  const size_t at = kCommonFirst.find(c);
  return at == absl::string_view::npos ? 0 : static_cast<int>(kCommonFirst.size() - at);
}

uint32_t GramAt(const char* bytes) {
  return static_cast<uint8_t>(bytes[0]) |
         static_cast<uint32_t>(static_cast<uint8_t>(bytes[1])) << 8U |
         static_cast<uint32_t>(static_cast<uint8_t>(bytes[2])) << 16U;
}

// The same, where a fourth byte may be read. The bytes are in the order of the machine, so that it
// is one load; GramAt takes any other.
uint32_t GramWithin(const char* bytes) {
  if constexpr (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) return GramAt(bytes);
  uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word & 0xFFFFFFU;
}

size_t RarestGram(absl::string_view word) {
  size_t best = 0;
  int least = 1 << 20;
  for (size_t i = 0; i + WordScan::kShortestWord <= word.size(); ++i) {
    const int common =
        CommonnessOf(word[i]) + CommonnessOf(word[i + 1]) + CommonnessOf(word[i + 2]);
    if (common >= least) continue;
    least = common;
    best = i;
  }
  return best;
}

bool IsBeside(char c) {
  constexpr uint32_t kName = kAlphaClass | kDigitClass | kUnderscoreClass;
  return (ByteClassOf(c) & kName) != 0;
}

}  // namespace

WordScan::WordScan(std::vector<Word> words) : words_(std::move(words)) {
  std::array<std::vector<Entry>, kBuckets> buckets;
  for (size_t i = 0; i < words_.size(); ++i) {
    const size_t offset = RarestGram(words_[i].text);
    const uint32_t gram = GramAt(words_[i].text.data() + offset);
    const uint32_t hash = HashOf(gram);
    filter_[hash >> 3U] = static_cast<uint8_t>(filter_[hash >> 3U] | 1U << (hash & 7U));
    buckets[hash % kBuckets].push_back(
        {.gram = gram, .word = static_cast<uint16_t>(i), .offset = static_cast<uint8_t>(offset)});
  }
  for (size_t i = 0; i < kBuckets; ++i) {
    entries_.insert(entries_.end(), buckets[i].begin(), buckets[i].end());
    first_[i + 1] = static_cast<uint16_t>(entries_.size());
  }
}

uint32_t WordScan::LookAt(absl::string_view text, size_t at, uint32_t known) const {
  const uint32_t gram = GramAt(text.data() + at);
  const size_t bucket = HashOf(gram) % kBuckets;
  uint32_t found = 0;
  for (size_t i = first_[bucket]; i < first_[bucket + 1]; ++i) {
    const Entry& entry = entries_[i];
    const Word& word = words_[entry.word];
    const uint32_t group = 1U << word.group;
    if (entry.gram != gram || ((known | found) & group) != 0 || at < entry.offset) continue;
    const size_t begin = at - entry.offset;
    const size_t end = begin + word.text.size();
    if (text.substr(begin, word.text.size()) != word.text) continue;
    const bool beside =
        (begin > 0 && IsBeside(text[begin - 1])) || (end < text.size() && IsBeside(text[end]));
    if (!word.alone || !beside) found |= group;
  }
  return found;
}

uint32_t WordScan::Find(absl::string_view text) const {
  uint32_t found = 0;
  if (text.size() < kShortestWord) return found;
  const char* const bytes = text.data();
  const size_t last = text.size() - kShortestWord;
  size_t i = 0;
  for (; i + 4 <= last; i += 4) {
    const bool marked[] = {
        IsMarked(HashOf(GramWithin(bytes + i))), IsMarked(HashOf(GramWithin(bytes + i + 1))),
        IsMarked(HashOf(GramWithin(bytes + i + 2))), IsMarked(HashOf(GramWithin(bytes + i + 3)))};
    if (!(marked[0] | marked[1] | marked[2] | marked[3])) continue;
    for (size_t k = 0; k < 4; ++k) {
      if (marked[k]) found |= LookAt(text, i + k, found);
    }
  }
  for (; i <= last; ++i) {
    if (IsMarked(HashOf(GramAt(bytes + i)))) found |= LookAt(text, i, found);
  }
  return found;
}

}  // namespace firebreak::inspect
