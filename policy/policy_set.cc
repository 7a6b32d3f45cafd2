#include "policy/policy_set.h"

#include <memory>
#include <utility>

namespace firebreak::policy {

PolicySet::PolicySet() : revision_(std::make_shared<const std::string>("empty")) {}

PolicySet::PolicySet(Contents contents)
    : contents_(std::move(contents)),
      revision_(std::make_shared<const std::string>(contents_.revision)) {}

const RuleTable& PolicySet::rules(Direction direction) const {
  switch (direction) {
    case Direction::kInbound:
      return contents_.inbound;
    case Direction::kOutbound:
      break;
  }
  return contents_.outbound;
}

}  // namespace firebreak::policy
