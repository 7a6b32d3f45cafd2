// A set of small numbers.
#ifndef FIREBREAK_POLICY_WORKBENCH_BITS_H_
#define FIREBREAK_POLICY_WORKBENCH_BITS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace firebreak::policy {

// Bits is a set of numbers below a size, which is the same for all sets that meet.
class Bits {
 public:
  Bits() = default;
  explicit Bits(size_t size, bool all = false);

  size_t size() const { return size_; }
  void Set(size_t index) { words_[index / kWordBits] |= uint64_t{1} << (index % kWordBits); }
  bool Has(size_t index) const {
    return (words_[index / kWordBits] >> (index % kWordBits) & 1) != 0;
  }
  bool empty() const;
  bool full() const;
  size_t count() const;
  // first needs !empty().
  size_t first() const;

  bool Contains(const Bits& other) const;
  bool Meets(const Bits& other) const;

  Bits operator&(const Bits& other) const;
  Bits operator|(const Bits& other) const;
  Bits operator-(const Bits& other) const;
  Bits operator~() const { return Bits(size_, true) - *this; }
  friend bool operator==(const Bits& a, const Bits& b) { return a.words_ == b.words_; }
  friend bool operator<(const Bits& a, const Bits& b) { return a.words_ < b.words_; }

 private:
  static constexpr size_t kWordBits = 64;

  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_BITS_H_
