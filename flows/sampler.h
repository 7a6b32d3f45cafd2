// Sampler writes one line for many requests that are alike, and keeps count.
#ifndef FIREBREAK_FLOWS_SAMPLER_H_
#define FIREBREAK_FLOWS_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/record.h"

namespace firebreak::flows {

// IsOrdinary: nothing was refused, would have been or failed, and nothing was found.
bool IsOrdinary(const Record& record);

// Sampler holds back REQUEST records that were forwarded and in which nothing was found, and hands
// on the last of each group with the number that it stands for: a group is complete when it has
// `one_in` records, or when its first has waited for kHoldAtMost. So no count is ever wrong, only
// late. Alike are requests between the same two ends, with the same method, path template, status
// and deciding rule. Everything else is handed on at once, with weight 1. For one thread.
class Sampler {
 public:
  static constexpr absl::Duration kHoldAtMost = absl::Seconds(5);
  // kMaxGroups bounds what is held: beyond it, records are handed on at once.
  static constexpr size_t kMaxGroups = 4'096;

  using HandOn = std::function<void(const Record& record, uint64_t weight)>;

  // one_in 1 holds nothing back.
  Sampler(uint64_t one_in, HandOn hand_on, const Clock& clock);

  // Take moves from the record where it holds that back; otherwise it leaves it as it is.
  void Take(Record&& record);
  // HandOnLate hands on groups that have waited for long enough; HandOnAll all of them.
  void HandOnLate();
  void HandOnAll();
  // UntilLate is how long until HandOnLate has something to do; infinite while nothing is held.
  absl::Duration UntilLate() const;

 private:
  struct Group {
    Record last;
    uint64_t count = 0;
  };

  bool MayWait(const Record& record) const;

  const uint64_t one_in_;
  const HandOn hand_on_;
  const Clock& clock_;
  absl::flat_hash_map<uint64_t, Group> groups_;  // by a keyed hash of what makes them alike
  MonoTime oldest_;                              // when the first of them came
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SAMPLER_H_
