// The little statistics that the signals share.
#ifndef FIREBREAK_DETECT_STATISTICS_H_
#define FIREBREAK_DETECT_STATISTICS_H_

#include <cstdint>

namespace firebreak::detect {

// PoissonTail is the chance of k or more events where mean are expected; mean >= 0.
double PoissonTail(uint64_t k, double mean);

// BinomialTail is the chance of k or more hits in n tries of chance p each.
double BinomialTail(uint64_t k, uint64_t n, double p);

// Calibrated turns a p-value into a probability that something is wrong: the bound of Sellke,
// Bayarri and Berger (2001) on how far a p-value can move the odds, over the prior odds that a
// clue is an intruder's. 0 for p >= 1/e.
double Calibrated(double p);

// FallingCount is how much happened in about the last window: the current slot, and of the one
// before what is still within it. Two numbers and no exponentials.
class FallingCount {
 public:
  // Add and Total take the time in microseconds; times that run backwards count as now.
  void Add(double amount, int64_t now_us, int64_t window_us) {
    Turn(now_us, window_us);
    current_ += amount;
  }
  double Total(int64_t now_us, int64_t window_us) const {
    const int64_t passed = now_us - slot_us_;
    if (passed >= 2 * window_us) return 0;
    if (passed >= window_us) {
      return current_ * static_cast<double>(2 * window_us - passed) /
             static_cast<double>(window_us);
    }
    const double left =
        passed <= 0 ? 1.0
                    : static_cast<double>(window_us - passed) / static_cast<double>(window_us);
    return current_ + before_ * left;
  }

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.slot_us_, self.current_, self.before_);
  }

 private:
  void Turn(int64_t now_us, int64_t window_us) {
    const int64_t passed = now_us - slot_us_;
    if (passed < window_us) return;
    before_ = passed < 2 * window_us ? current_ : 0;
    current_ = 0;
    slot_us_ = passed < 2 * window_us ? slot_us_ + window_us : now_us;
  }

  int64_t slot_us_ = 0;
  double current_ = 0;
  double before_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STATISTICS_H_
