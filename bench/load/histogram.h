// LatencyHistogram counts durations in log-linear buckets: 64 to each power of two, so that a value
// read back is at most 1.6 % too low. No allocation while recording.
#ifndef FIREBREAK_BENCH_LOAD_HISTOGRAM_H_
#define FIREBREAK_BENCH_LOAD_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace firebreak::bench {

class LatencyHistogram {
 public:
  void Record(uint64_t nanoseconds) {
    ++buckets_[IndexOf(nanoseconds)];
    ++count_;
  }

  uint64_t count() const { return count_; }

  // Quantile returns the lower edge, in nanoseconds, of the bucket that holds the quantile (0 to
  // 1); 0 when nothing was recorded.
  uint64_t Quantile(double quantile) const {
    const auto rank = static_cast<uint64_t>(quantile * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > rank) return LowerEdge(i);
    }
    return count_ == 0 ? 0 : LowerEdge(buckets_.size() - 1);
  }

  // ForEach calls with each bucket that is not empty: its lower edge in nanoseconds, and its count.
  template <typename Call>
  void ForEach(Call call) const {
    for (size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] > 0) call(LowerEdge(i), buckets_[i]);
    }
  }

  void Clear() { *this = LatencyHistogram(); }

 private:
  static constexpr int kSubBits = 6;
  static constexpr size_t kSub = size_t{1} << kSubBits;
  static constexpr size_t kPowers = 36;  // up to 2^42 ns, over an hour

  static size_t IndexOf(uint64_t value) {
    if (value < kSub) return value;
    const auto power = static_cast<size_t>(std::bit_width(value)) - kSubBits - 1;
    const size_t index = (power + 1) * kSub + ((value >> power) - kSub);
    return index < kPowers * kSub ? index : kPowers * kSub - 1;
  }

  static uint64_t LowerEdge(size_t index) {
    if (index < kSub) return index;
    const size_t power = index / kSub - 1;
    return (index % kSub + kSub) << power;
  }

  std::array<uint32_t, kPowers* kSub> buckets_ = {};
  uint64_t count_ = 0;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_HISTOGRAM_H_
