// How often rules with max_uses have been used.
#ifndef FIREBREAK_POLICY_USE_COUNT_H_
#define FIREBREAK_POLICY_USE_COUNT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace firebreak::policy {

// UseCount counts the uses of one rule, over all workers. Thread-safe.
class UseCount {
 public:
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  bool IsLeft(uint64_t max) const { return used() < max; }

  // Restore sets the count to what is known of it from elsewhere.
  void Restore(uint64_t used) { used_.store(used, std::memory_order_relaxed); }

  // Take counts one use more, unless max are taken. It is exact: workers that take at the same time
  // never take more than max together.
  bool Take(uint64_t max) {
    uint64_t used = used_.load(std::memory_order_relaxed);
    while (used < max) {
      if (used_.compare_exchange_weak(used, used + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }

 private:
  std::atomic<uint64_t> used_{0};
};

// UseCounts keeps the counts of rules over reloads, by the name of the rule. A count lives as long
// as a policy set or a permit holds it. Not thread-safe: it belongs to the thread that loads.
class UseCounts {
 public:
  // Of returns the count of the rule of this name, a new one where nobody holds one.
  std::shared_ptr<UseCount> Of(const std::string& rule);
  // Prune forgets those that nobody holds any more.
  void Prune();

 private:
  absl::flat_hash_map<std::string, std::weak_ptr<UseCount>> counts_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_USE_COUNT_H_
