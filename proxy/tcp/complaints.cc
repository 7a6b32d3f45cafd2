#include "proxy/tcp/complaints.h"

#include "absl/strings/str_cat.h"

#include "base/log.h"

namespace firebreak::proxy {
namespace {

std::string Describe(const flows::Endpoint& endpoint) {
  std::string address = SocketAddress(endpoint.ip, endpoint.port).ToString();
  if (endpoint.principal == nullptr) return address;
  return absl::StrCat(*endpoint.principal, " (", address, ")");
}

}  // namespace

void Complaints::Note(const flows::Record& record, MonoTime now) {
  if (record.reason == Reason::kNone) return;
  if (now - second_begins_ >= std::chrono::seconds(1)) {
    second_begins_ = now;
    lines_ = 0;
  }
  if (++lines_ > kLinesPerSecond) {
    ++left_out_;
    return;
  }
  FB_LOG(kInfo, DirectionName(record.direction), " ", Describe(record.source), " -> ",
         Describe(record.destination), " ", VerdictName(record.verdict), " ",
         ReasonName(record.reason), record.detail != nullptr ? ": " : "",
         record.detail != nullptr ? *record.detail : "",
         record.decision_id.empty() ? "" : absl::StrCat(" [", record.decision_id.ToString(), "]"),
         left_out_ > 0 ? absl::StrCat(" (and ", left_out_, " more before it)") : "");
  left_out_ = 0;
}

}  // namespace firebreak::proxy
