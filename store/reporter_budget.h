// How much each reporter may add to a catalog in a day.
#ifndef FIREBREAK_STORE_REPORTER_BUDGET_H_
#define FIREBREAK_STORE_REPORTER_BUDGET_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak::store {

// kOthers is the name that stands for all that are not told apart.
inline constexpr char kOthers[] = "(others)";

// A sidecar says whom it talked to, and when; so it can make up names, minutes and sums as fast as
// it sends lines. Every new row of the catalog is paid for by who reported it, by its size; whose
// budget is used up has its rows counted under kOthers until the next day begins, and nobody
// else has. For one thread.
class ReporterBudget {
 public:
  // bytes_a_day: 0 is without end.
  explicit ReporterBudget(uint64_t bytes_a_day) : bytes_a_day_(bytes_a_day) {}

  // Begin: rows from here on are of this moment, by our own clock.
  void Begin(absl::Time now);
  // Spend pays for a new row; false: there is not so much left.
  bool Spend(absl::string_view reporter, uint64_t bytes);

  // CountRefused: what could not be paid for, and was counted under kOthers or not at all.
  void CountRefused(absl::string_view reporter) { ++refused_[reporter]; }
  // By reporter, since Begin.
  const absl::flat_hash_map<std::string, uint64_t>& refused() const { return refused_; }

 private:
  const uint64_t bytes_a_day_;
  int64_t day_ = 0;
  absl::flat_hash_map<std::string, uint64_t> spent_;  // today
  absl::flat_hash_map<std::string, uint64_t> refused_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_REPORTER_BUDGET_H_
