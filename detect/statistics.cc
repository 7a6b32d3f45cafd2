#include "detect/statistics.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr double kPriorOdds = 1e-4;  // one clue in ten thousand is an intruder's
constexpr int kMaxTerms = 10'000;
constexpr double kSmallest = 1e-300;

// LogFactorial of n; lgamma writes a global of the C library that nobody here reads.
double LogFactorial(double n) { return std::lgamma(n + 1); }

}  // namespace

double PoissonTail(uint64_t k, double mean) {
  if (k == 0) return 1;
  if (mean <= 0) return kSmallest;
  const auto first = static_cast<double>(k);
  // Above the mean the terms fall from the first on; below it, one less the head does the same.
  if (first > mean) {
    double term = std::exp(first * std::log(mean) - mean - LogFactorial(first));
    double sum = 0;
    for (int i = 1; i < kMaxTerms && term > sum * 1e-12; ++i) {
      sum += term;
      term *= mean / (first + i);
    }
    return std::clamp(sum, kSmallest, 1.0);
  }
  double term = std::exp((first - 1) * std::log(mean) - mean - LogFactorial(first - 1));
  double head = 0;
  for (double i = first - 1; i >= 0 && term > head * 1e-12; --i) {
    head += term;
    term *= i / mean;
  }
  return std::clamp(1 - head, kSmallest, 1.0);
}

double BinomialTail(uint64_t k, uint64_t n, double p) {
  if (k == 0) return 1;
  if (k > n || p <= 0) return kSmallest;
  if (p >= 1) return 1;
  const auto tries = static_cast<double>(n);
  const auto hits = static_cast<double>(k);
  const double odds = p / (1 - p);
  // As above, the side of the mean on which the terms fall.
  if (hits > tries * p) {
    double term = std::exp(LogFactorial(tries) - LogFactorial(hits) - LogFactorial(tries - hits) +
                           hits * std::log(p) + (tries - hits) * std::log1p(-p));
    double sum = 0;
    for (double i = hits; i <= tries && term > sum * 1e-12; ++i) {
      sum += term;
      term *= (tries - i) / (i + 1) * odds;
    }
    return std::clamp(sum, kSmallest, 1.0);
  }
  return std::clamp(1 - BinomialTail(n - k + 1, n, 1 - p), kSmallest, 1.0);
}

double Calibrated(double p) {
  if (p >= 1 / M_E) return 0;
  const double bound = -M_E * std::max(p, kSmallest) * std::log(std::max(p, kSmallest));
  return 1 / (1 + bound / kPriorOdds);
}

}  // namespace firebreak::detect
