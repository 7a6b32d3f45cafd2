// TurnBudget bounds work that does not follow from how many bytes came.
#ifndef FIREBREAK_BASE_TURN_BUDGET_H_
#define FIREBREAK_BASE_TURN_BUDGET_H_

#include <algorithm>
#include <cstddef>

namespace firebreak {

// A few compressed bytes can be many to look at. A worker makes at most kBytes of them, and what
// one step makes, before it looks at its sockets again; whoever finds the budget spent goes on
// later, and whoever lets them refills it (proxy/http/backlog.h).
class TurnBudget {
 public:
  static constexpr size_t kBytes = 65'536;

  bool spent() const { return left_ == 0; }
  void Spend(size_t bytes) { left_ -= std::min(left_, bytes); }
  void Refill() { left_ = kBytes; }

 private:
  size_t left_ = kBytes;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_TURN_BUDGET_H_
