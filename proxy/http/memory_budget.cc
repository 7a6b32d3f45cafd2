#include "proxy/http/memory_budget.h"

namespace firebreak::proxy {

std::shared_ptr<MemoryShare> MemoryBudget::ShareOf(absl::string_view who) {
  std::string key(who);
  std::weak_ptr<MemoryShare>& known = shares_[key];
  if (auto share = known.lock()) return share;
  auto share = std::make_shared<MemoryShare>(*this, std::move(key));
  known = share;
  return share;
}

}  // namespace firebreak::proxy
