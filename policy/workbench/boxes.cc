#include "policy/workbench/boxes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::policy {
namespace {

bool Contains(const Box& outer, const Box& inner) {
  for (size_t i = 0; i < outer.size(); ++i) {
    if (!outer[i].Contains(inner[i])) return false;
  }
  return true;
}

// Cut appends a without b: for each dimension, what sticks out of b there and not in those before.
void Cut(Box a, const Box& b, Boxes* out) {
  for (size_t i = 0; i < a.size(); ++i) {
    Bits outside = a[i] - b[i];
    if (outside.empty()) continue;
    Box piece = a;
    piece[i] = std::move(outside);
    out->push_back(std::move(piece));
    a[i] = a[i] & b[i];
  }
}

absl::Status CheckCount(size_t boxes) {
  if (boxes <= kMaxBoxes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the answer has more than ", kMaxBoxes, " pieces"));
}

// MergeAlong joins boxes that are equal but for one dimension.
bool MergeAlong(size_t dimension, Boxes* boxes) {
  std::map<Box, Bits> groups;
  for (Box& box : *boxes) {
    Bits own = std::exchange(box[dimension], Bits());
    const auto [found, added] = groups.emplace(std::move(box), own);
    if (!added) found->second = found->second | own;
  }
  const bool merged = groups.size() < boxes->size();
  boxes->clear();
  for (const auto& [key, own] : groups) {
    boxes->push_back(key);
    boxes->back()[dimension] = own;
  }
  return merged;
}

}  // namespace

bool Meet(const Box& a, const Box& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i].Meets(b[i])) return false;
  }
  return true;
}

bool ContainsCell(const Boxes& boxes, const Box& cell) {
  return std::any_of(boxes.begin(), boxes.end(),
                     [&cell](const Box& box) { return Meet(box, cell); });
}

bool IsEmpty(const Box& box) {
  return std::any_of(box.begin(), box.end(), [](const Bits& bits) { return bits.empty(); });
}

Box Intersect(const Box& a, const Box& b) {
  Box box;
  box.reserve(a.size());
  for (size_t i = 0; i < a.size(); ++i) box.push_back(a[i] & b[i]);
  return box;
}

absl::StatusOr<Boxes> Subtract(Boxes a, const Boxes& b) {
  for (const Box& taken : b) {
    Boxes rest;
    rest.reserve(a.size());
    for (Box& box : a) {
      if (!Meet(box, taken)) {
        rest.push_back(std::move(box));
      } else if (!Contains(taken, box)) {
        Cut(std::move(box), taken, &rest);
      }
    }
    a = std::move(rest);
    FB_RETURN_IF_ERROR(CheckCount(a.size()));
    if (a.empty()) break;
  }
  return a;
}

absl::StatusOr<std::optional<Box>> FindOutside(Box box, const Boxes& taken) {
  if (IsEmpty(box)) return std::nullopt;
  struct Rest {
    Box box;
    size_t next;  // of taken
  };
  std::vector<Rest> rests = {{std::move(box), 0}};
  size_t looked_at = 0;
  while (!rests.empty()) {
    Rest rest = std::move(rests.back());
    rests.pop_back();
    if (++looked_at > kMaxBoxes) return CheckCount(looked_at);
    while (rest.next < taken.size() && !Meet(taken[rest.next], rest.box)) ++rest.next;
    if (rest.next == taken.size()) return std::move(rest.box);
    if (Contains(taken[rest.next], rest.box)) continue;
    Boxes pieces;
    Cut(std::move(rest.box), taken[rest.next], &pieces);
    // The first piece is looked at next.
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
      rests.push_back({std::move(*piece), rest.next + 1});
    }
  }
  return std::nullopt;
}

absl::StatusOr<Boxes> AllowedOnlyBy(const RuleBoxes& by, const RuleBoxes& not_by) {
  Boxes result;
  for (const Box& allowed : by.allow) {
    // Disjoint from what was found for the rules before.
    FB_ASSIGN_OR_RETURN(Boxes rest, Subtract({allowed}, by.deny));
    FB_ASSIGN_OR_RETURN(rest, Subtract(std::move(rest), result));
    // What the others deny is in the answer whatever they allow; the rest unless they allow it.
    for (const Box& denied : not_by.deny) {
      Boxes outside;
      for (Box& box : rest) {
        if (!Meet(box, denied)) {
          outside.push_back(std::move(box));
          continue;
        }
        result.push_back(Intersect(box, denied));
        Cut(std::move(box), denied, &outside);
      }
      rest = std::move(outside);
    }
    FB_ASSIGN_OR_RETURN(rest, Subtract(std::move(rest), not_by.allow));
    result.insert(result.end(), rest.begin(), rest.end());
    FB_RETURN_IF_ERROR(CheckCount(result.size()));
  }
  return result;
}

Boxes Merge(Boxes boxes) {
  if (boxes.empty()) return boxes;
  const size_t dimensions = boxes.front().size();
  for (bool merged = true; merged;) {
    merged = false;
    for (size_t i = dimensions; i-- > 0;) merged = MergeAlong(i, &boxes) || merged;
  }
  std::sort(boxes.begin(), boxes.end());
  return boxes;
}

}  // namespace firebreak::policy
