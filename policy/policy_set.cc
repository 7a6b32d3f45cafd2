#include "policy/policy_set.h"

#include <memory>
#include <utility>

namespace firebreak::policy {

PolicySet::PolicySet(Contents contents)
    : contents_(std::move(contents)),
      inbound_(contents_.inbound),
      outbound_(contents_.outbound),
      revision_(std::make_shared<const std::string>(contents_.revision)) {}

const RuleIndexes& PolicySet::rules(Direction direction) const {
  switch (direction) {
    case Direction::kInbound:
      return inbound_;
    case Direction::kOutbound:
      break;
  }
  return outbound_;
}

}  // namespace firebreak::policy
