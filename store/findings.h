// What a collector found wrong with those who report to it.
#ifndef FIREBREAK_STORE_FINDINGS_H_
#define FIREBREAK_STORE_FINDINGS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "store/reporter_budget.h"
#include "store/sqlite.h"

namespace firebreak::store {

// Finding is one fault of one batch.
struct Finding {
  absl::Time time;
  std::string kind;     // of a closed list: "IDENTITY"
  std::string sender;   // whom the SVID proved
  std::string claimed;  // what was reported instead; cut to kMaxFindingText
  std::string detail;   // likewise; the first of its minute is kept
  uint64_t lines = 0;   // that were refused
};
inline constexpr size_t kMaxFindingText = 256;

// Findings adds up findings by the minute until they are saved. `claimed` and `detail` are the
// sender's words, so there is a bound to how many are told apart: beyond, and beyond what the
// sender may add to the catalog, `claimed` is kOthers.
class Findings {
 public:
  static constexpr size_t kMaxApart = 1'000;

  void Add(const Finding& finding);
  // Save adds them to the catalog, within its transaction.
  absl::Status Save(Database& catalog, ReporterBudget& budget) const;
  void Clear() { sums_.clear(); }
  bool empty() const { return sums_.empty(); }

 private:
  struct Sum {
    uint64_t batches = 0;
    uint64_t lines = 0;
    std::string detail;
  };
  // Minute, kind, sender, claimed.
  using Key = std::tuple<int64_t, std::string, std::string, std::string>;
  std::map<Key, Sum> sums_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_FINDINGS_H_
