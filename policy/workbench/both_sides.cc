#include "policy/workbench/both_sides.h"

#include <iterator>

namespace firebreak::policy {

Box BothSides::OfInbound(Box box) const {
  if (!outbound_.has_value()) return box;
  Box rest = outbound_->Everything();
  std::move(rest.begin(), rest.end(), std::back_inserter(box));
  return box;
}

Box BothSides::OfOutbound(const Box& box) const {
  Box both = Everything();
  for (size_t place = 0; place < box.size(); ++place) {
    both[inbound_.IsShared(place) ? place : box.size() + place] = box[place];
  }
  return both;
}

Box BothSides::FirstHalf(const Box& both) const {
  return Box(both.begin(),
             both.begin() + static_cast<std::ptrdiff_t>(inbound_.dimensions().size()));
}

PolicyQuestion BothSides::Inbound(const Box& both, const Workload& destination) const {
  return inbound_.QuestionIn(FirstHalf(both), destination);
}

PolicyQuestion BothSides::Outbound(const Box& both, const Workload& source) const {
  Box box = FirstHalf(both);
  for (size_t place = 0; place < box.size(); ++place) {
    if (!inbound_.IsShared(place)) box[place] = both[box.size() + place];
  }
  return outbound_->QuestionIn(box, source);
}

}  // namespace firebreak::policy
