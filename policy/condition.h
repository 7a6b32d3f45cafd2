// What all conditions of the policy language have in common.
#ifndef FIREBREAK_POLICY_CONDITION_H_
#define FIREBREAK_POLICY_CONDITION_H_

#include <algorithm>
#include <utility>
#include <vector>

namespace firebreak::policy {

enum class Action { kAllow, kDeny };

// Values is one field and its negation: some value of any matches, and none of none_of. An empty
// list sets no condition.
template <typename T>
struct Values {
  std::vector<T> any;
  std::vector<T> none_of;
  bool empty() const { return any.empty() && none_of.empty(); }

  friend bool operator==(const Values& a, const Values& b) {
    return a.any == b.any && a.none_of == b.none_of;
  }
  template <typename H>
  friend H AbslHashValue(H state, const Values& values) {
    return H::combine(std::move(state), values.any, values.none_of);
  }
};

// JudgeField is the one place where fields of one value are negated, and where absence is judged.
// What is absent matches no value. A not... field over what is absent is a doubt: it matches in a
// DENY rule and does not in an ALLOW rule, so that doubt is never let through. has_any and
// has_none_of say which of the two lists are written; any and none_of whether a value of theirs
// matches, and are called only for what is present.
template <typename Any, typename NoneOf>
bool JudgeField(bool has_any, const Any& any, bool has_none_of, const NoneOf& none_of, bool present,
                Action action) {
  if (has_any && (!present || !any())) return false;
  if (!has_none_of) return true;
  return present ? !none_of() : action == Action::kDeny;
}

// MatchValues judges a field whose values are few: matches(value) is the answer of one.
template <typename T, typename Matches>
bool MatchValues(const Values<T>& values, bool present, Action action, const Matches& matches) {
  return JudgeField(
      !values.any.empty(),
      [&] { return std::any_of(values.any.begin(), values.any.end(), matches); },
      !values.none_of.empty(),
      [&] { return std::any_of(values.none_of.begin(), values.none_of.end(), matches); }, present,
      action);
}

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_CONDITION_H_
