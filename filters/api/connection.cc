#include "filters/api/connection.h"

namespace firebreak::filters {

Connection::Connection() {
  record.verdict = Verdict::kDropped;
  record.reason = Reason::kInternal;
}

void Connection::Refuse(Verdict verdict, Reason reason, flows::CloseReason close_reason,
                        absl::string_view detail) {
  if (ended()) return;
  record.verdict = verdict;
  record.reason = reason;
  record.close_reason = close_reason;
  if (!detail.empty()) record.detail = std::make_shared<const std::string>(detail);
}

void Connection::Close(flows::CloseReason close_reason, Reason reason) {
  if (ended()) return;
  record.close_reason = close_reason;
  record.reason = reason;
}

}  // namespace firebreak::filters
