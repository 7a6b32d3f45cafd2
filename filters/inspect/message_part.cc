#include "filters/inspect/message_part.h"

#include <utility>

#include "filters/inspect/findings.h"

namespace firebreak::filters {

MessagePart::MessagePart(const Setup& setup, const inspect::StructureLimits& limits)
    : setup_(setup), limits_(limits), inspection_(setup.engine) {
  if (setup.data_loss != InspectionMode::kOff) {
    head_.emplace(setup_.plan, limits);
    secrets_.emplace(setup.plan.secrets, setup.plan.secrets_off);
  }
}

void MessagePart::Begin(const http::HeaderMap& headers, bool has_body,
                        std::optional<uint64_t> length) {
  if (!has_body) return End();
  encoding_ = inspect::EncodingOf(headers);
  Note(body_.Begin(headers, length));
}

void MessagePart::Body(absl::string_view bytes, TurnBudget& budget) {
  if (ended_) return;
  absl::string_view rest = bytes.substr(taken_);
  Note(body_.Feed(&rest, budget, [this](absl::string_view text) {
    if (secrets_.has_value()) secrets_->Feed(text);
    OnText(text);
  }));
  midway_ = !rest.empty() || body_.more();
  taken_ = midway_ ? bytes.size() - rest.size() : 0;
  if (!midway_ && body_.complete()) End();
}

void MessagePart::End() {
  if (std::exchange(ended_, true)) return;
  Note(body_.End());
  if (secrets_.has_value()) secrets_->Finish();
  OnTextEnd();
}

void MessagePart::Note(const inspect::RuleInfo* wrong) {
  if (wrong == nullptr) return;
  inspection_.Tell(*wrong, inspect::Place::kHeader, "content-encoding", encoding_);
}

bool MessagePart::hidden() const { return inspection_.hidden_by() != nullptr && blocks(); }

bool MessagePart::leaks() const { return Blocks(setup_.data_loss) && FoundSecret(); }

bool MessagePart::found() const { return !inspection_.findings().empty() || FoundSecret(); }

void MessagePart::AddTo(flows::InspectionInfo* info) const {
  AddFindings(inspection_, /*redact=*/FoundSecret(), info);
  if (!head_.has_value()) return;
  head_->AddTo(info);
  for (const inspect::SecretMatch& secret : secrets_->matches()) {
    AddSecret(secret, "body", info);
  }
}

}  // namespace firebreak::filters
