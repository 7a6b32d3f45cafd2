#include "policy/workbench/bits.h"

#include <algorithm>
#include <bit>

namespace firebreak::policy {

Bits::Bits(size_t size, bool all) : size_(size), words_((size + kWordBits - 1) / kWordBits) {
  if (!all) return;
  std::fill(words_.begin(), words_.end(), ~uint64_t{0});
  if (size % kWordBits != 0) words_.back() = (uint64_t{1} << (size % kWordBits)) - 1;
}

bool Bits::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

bool Bits::full() const { return count() == size_; }

size_t Bits::count() const {
  size_t count = 0;
  for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
  return count;
}

size_t Bits::first() const {
  size_t word = 0;
  while (words_[word] == 0) ++word;
  return word * kWordBits + static_cast<size_t>(std::countr_zero(words_[word]));
}

bool Bits::Contains(const Bits& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((other.words_[i] & ~words_[i]) != 0) return false;
  }
  return true;
}

bool Bits::Meets(const Bits& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((other.words_[i] & words_[i]) != 0) return true;
  }
  return false;
}

Bits Bits::operator&(const Bits& other) const {
  Bits result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] &= other.words_[i];
  return result;
}

Bits Bits::operator|(const Bits& other) const {
  Bits result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] |= other.words_[i];
  return result;
}

Bits Bits::operator-(const Bits& other) const {
  Bits result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] &= ~other.words_[i];
  return result;
}

}  // namespace firebreak::policy
