// A connection that the sidecars of both of its ends are asked about.
#ifndef FIREBREAK_POLICY_WORKBENCH_BOTH_SIDES_H_
#define FIREBREAK_POLICY_WORKBENCH_BOTH_SIDES_H_

#include <optional>
#include <utility>

#include "policy/workbench/boxes.h"
#include "policy/workbench/question_space.h"

namespace firebreak::policy {

// BothSides is one connection as the sidecars of both ends are asked about it, or that of the
// destination alone. Its boxes are those of the INBOUND space followed by those of the OUTBOUND
// one, in which places that both share are whole: what is said of them stands in the first half.
class BothSides {
 public:
  // The spaces are of the same sets, and know the same of the places that they share.
  BothSides(QuestionSpace inbound, std::optional<QuestionSpace> outbound)
      : inbound_(std::move(inbound)), outbound_(std::move(outbound)) {}

  const QuestionSpace& inbound() const { return inbound_; }
  // outbound is null when it is not asked.
  const QuestionSpace* outbound() const { return outbound_.has_value() ? &*outbound_ : nullptr; }

  Box Everything() const { return OfInbound(inbound_.Everything()); }
  // Of a box of one of the two, which says nothing of the other.
  Box OfInbound(Box box) const;
  Box OfOutbound(const Box& box) const;

  // The questions of a box, which is not empty, that both sidecars are asked. Outbound needs
  // outbound().
  PolicyQuestion Inbound(const Box& both, const Workload& destination) const;
  PolicyQuestion Outbound(const Box& both, const Workload& source) const;

 private:
  Box FirstHalf(const Box& both) const;

  QuestionSpace inbound_;
  std::optional<QuestionSpace> outbound_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_BOTH_SIDES_H_
