#include "filters/api/connection.h"

namespace firebreak::filters {
namespace {

// A detail may quote what a peer has sent, such as the name in its certificate.
constexpr size_t kMaxDetailBytes = 512;

}  // namespace

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
  if (!detail.empty()) {
    record.detail = std::make_shared<const std::string>(detail.substr(0, kMaxDetailBytes));
  }
}

void Connection::Close(flows::CloseReason close_reason, Reason reason, absl::string_view detail) {
  Refuse(record.verdict, reason, close_reason, detail);
}

}  // namespace firebreak::filters
