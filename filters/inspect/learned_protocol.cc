#include "filters/inspect/learned_protocol.h"

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"
#include "inspect/structure_rule.h"

namespace firebreak::filters {

void LearnedProtocol::Compare(inspect::Protocol spoken) {
  const inspect::Baseline* const baseline = port_.in_force();
  if (baseline == nullptr || found()) return;
  sample_.protocol = spoken;
  why_ = baseline->protocols().Judge(sample_);
  if (why_.empty()) return;
  const bool enforced = baseline->state() == inspect::BaselineState::kEnforce;
  rule_ = enforced ? &inspect::kDeviation : &inspect::kFrozenDeviation;
}

void LearnedProtocol::Teach(inspect::Protocol spoken) {
  sample_.protocol = spoken;
  port_.Teach(sample_);
}

std::string LearnedProtocol::Grounds() const {
  if (!found() || rule_->severity == 0) return "";
  return absl::StrCat(rule_->id, ": ", why_);
}

void LearnedProtocol::AddTo(flows::InspectionInfo* info) const {
  info->score += static_cast<uint32_t>(rule_->severity);
  AddMatch(
      {std::string(rule_->id), std::string(inspect::CategoryName(rule_->category)), "stream", why_},
      info);
}

}  // namespace firebreak::filters
