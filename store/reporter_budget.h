// How much each reporter may add to a catalog in a day.
#ifndef FIREBREAK_STORE_REPORTER_BUDGET_H_
#define FIREBREAK_STORE_REPORTER_BUDGET_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "store/sqlite.h"

namespace firebreak::store {

// kOthers is the name that stands for all that are not told apart.
inline constexpr char kOthers[] = "(others)";

// What a row costs beside its texts and numbers: its place in the table and in an index, and what
// is left empty beside it.
inline constexpr uint64_t kRowBytes = 80;
// What a number that may be large costs: its 8 bytes and their type. It is paid for at once, since
// to add to a sum costs nothing.
inline constexpr uint64_t kNumberBytes = 9;

// A sidecar says whom it talked to, and when; so it can make up names, minutes and sums as fast as
// it sends lines. Every new row of the catalog is paid for by who reported it, by its size; whose
// budget is used up has its rows counted under kOthers until the next day begins, and nobody
// else has. What names an address has half of it at most: whoever reaches a sidecar has it report
// as many of these as he has, and proves nothing for it. For one thread.
class ReporterBudget {
 public:
  // bytes_a_day: 0 is without end.
  explicit ReporterBudget(uint64_t bytes_a_day) : bytes_a_day_(bytes_a_day) {}

  // Load takes up what was spent before, and Save adds what was since then to the catalog, within
  // its transaction. Who has spent little is left out, since that is nearly everybody: a restart
  // gives anew a sixteenth at most.
  absl::Status Load(const Database& catalog);
  absl::Status Save(Database& catalog);

  // Begin: rows from here on are of this moment, by our own clock.
  void Begin(absl::Time now);
  // Spend pays for a new row that costs so much; false: there is not so much left.
  bool Spend(absl::string_view reporter, uint64_t bytes) {
    return Pay(reporter, bytes, /*addresses=*/false);
  }
  // SpendFor does so for one that is about somebody of that name, maybe an address.
  bool SpendFor(absl::string_view reporter, absl::string_view name, uint64_t bytes);

  // CountRefused: what could not be paid for, and was counted under kOthers or not at all.
  void CountRefused(absl::string_view reporter);
  // UsedUp: something of this reporter was refused today.
  bool UsedUp(absl::string_view reporter) const { return used_up_.contains(reporter); }
  // By reporter, since Begin.
  const absl::flat_hash_map<std::string, uint64_t>& refused() const { return refused_; }

 private:
  struct Spent {
    uint64_t bytes = 0;
    uint64_t for_addresses = 0;  // of them
    bool changed = false;        // since Save
  };

  bool Pay(absl::string_view reporter, uint64_t bytes, bool addresses);

  const uint64_t bytes_a_day_;
  int64_t day_ = 0;
  absl::flat_hash_map<std::string, Spent> spent_;  // today
  absl::flat_hash_set<std::string> used_up_;       // today
  absl::flat_hash_map<std::string, uint64_t> refused_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_REPORTER_BUDGET_H_
