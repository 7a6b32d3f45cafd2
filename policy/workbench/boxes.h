// Sets of questions as unions of boxes.
#ifndef FIREBREAK_POLICY_WORKBENCH_BOXES_H_
#define FIREBREAK_POLICY_WORKBENCH_BOXES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "policy/workbench/bits.h"

namespace firebreak::policy {

// Box is a product: one set of atoms for each dimension. It is empty when one of them is.
using Box = std::vector<Bits>;
// Boxes is a union.
using Boxes = std::vector<Box>;

// The most boxes that an answer may take on the way.
inline constexpr size_t kMaxBoxes = 200'000;

bool IsEmpty(const Box& box);
Box Intersect(const Box& a, const Box& b);

// Subtract returns a without b, as disjoint boxes where a's are.
absl::StatusOr<Boxes> Subtract(Boxes a, const Boxes& b);

// RuleBoxes is what rules say. They let through what is in one of allow and none of deny.
struct RuleBoxes {
  Boxes allow;
  Boxes deny;
};

// AllowedOnlyBy returns, as disjoint boxes, what the rules of `by` let through and those of
// `not_by` do not. ResourceExhausted: more than kMaxBoxes.
absl::StatusOr<Boxes> AllowedOnlyBy(const RuleBoxes& by, const RuleBoxes& not_by);

// FindOutside returns a part of box that none of taken holds; nullopt: there is none. It looks no
// further than the first, so that it is far cheaper than Subtract. ResourceExhausted: more than
// kMaxBoxes were looked at.
absl::StatusOr<std::optional<Box>> FindOutside(Box box, const Boxes& taken);

// Merge joins boxes that differ in one dimension only, for people to read fewer.
Boxes Merge(Boxes boxes);

// Meet says whether some question is in both; ContainsCell whether a box of one atom in each
// dimension is in the union.
bool Meet(const Box& a, const Box& b);
bool ContainsCell(const Boxes& boxes, const Box& cell);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_BOXES_H_
