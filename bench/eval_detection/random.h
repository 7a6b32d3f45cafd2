// Random numbers that are the same on every machine: the standard library leaves its distributions
// open, and figures have to be repeatable.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_RANDOM_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_RANDOM_H_

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace firebreak::bench {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // Next is splitmix64 (Steele, Lea and Flood, 2014).
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Unit is in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  size_t Below(size_t bound) { return static_cast<size_t>(Next() % bound); }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(double p) { return Unit() < p; }
  double Exponential(double mean) { return -mean * std::log(1 - Unit()); }
  double Normal() {
    return std::sqrt(-2 * std::log(1 - Unit())) * std::cos(2 * 3.14159265358979 * Unit());
  }
  double LogNormal(double median, double sigma) { return median * std::exp(sigma * Normal()); }
  int Poisson(double mean) {
    int count = 0;
    for (double sum = Exponential(1); sum < mean; sum += Exponential(1)) ++count;
    return count;
  }

 private:
  uint64_t state_;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_RANDOM_H_
