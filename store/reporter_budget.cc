#include "store/reporter_budget.h"

namespace firebreak::store {
namespace {

// What a row costs beside its texts and numbers: its place in the table and in an index.
constexpr uint64_t kRowBytes = 48;

}  // namespace

void ReporterBudget::Begin(absl::Time now) {
  constexpr int64_t kSecondsOfDay = 86'400;
  const int64_t day = absl::ToUnixSeconds(now) / kSecondsOfDay;
  if (day != day_) spent_.clear();
  day_ = day;
  refused_.clear();
}

bool ReporterBudget::Spend(absl::string_view reporter, uint64_t bytes) {
  if (bytes_a_day_ == 0) return true;
  uint64_t& spent = spent_[reporter];
  if (spent + kRowBytes + bytes > bytes_a_day_) return false;
  spent += kRowBytes + bytes;
  return true;
}

}  // namespace firebreak::store
