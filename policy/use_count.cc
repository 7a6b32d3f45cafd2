#include "policy/use_count.h"

namespace firebreak::policy {

std::shared_ptr<UseCount> UseCounts::Of(const std::string& rule) {
  std::weak_ptr<UseCount>& known = counts_[rule];
  std::shared_ptr<UseCount> count = known.lock();
  if (count == nullptr) {
    count = std::make_shared<UseCount>();
    known = count;
  }
  return count;
}

void UseCounts::Prune() {
  absl::erase_if(counts_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace firebreak::policy
