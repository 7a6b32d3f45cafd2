#include "collector/sink/collector_dialer.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "collector/wire/messages.h"

namespace firebreak::collector {

CollectorDialer::CollectorDialer(LinkTarget target, const IdentitySlot& identity,
                                 const Limits& limits, const Clock& clock)
    : server_{.host = std::move(target.host), .port = target.port},
      identity_(identity),
      limits_(limits),
      clock_(clock),
      engine_(scratch_, limits_, clock),
      stream_(engine_, scratch_, std::move(target.expected), clock) {}

absl::Status CollectorDialer::TakeIdentity() {
  auto identity = identity_.Get();
  if (identity == nullptr) return absl::FailedPreconditionError("this sidecar has no SVID yet");
  if (identity == in_force_) return absl::OkStatus();
  in_force_ = nullptr;
  FB_RETURN_IF_ERROR(engine_.SetIdentity(*identity));
  in_force_ = std::move(identity);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<proxy::GrpcLink>> CollectorDialer::Dial(absl::string_view path,
                                                                       size_t max_answer_bytes) {
  FB_RETURN_IF_ERROR(TakeIdentity());
  FB_ASSIGN_OR_RETURN(
      std::unique_ptr<proxy::GrpcLink> link,
      proxy::GrpcLink::Open(server_, stream_, clock_, clock_.MonoNow() + kConnectTimeout));
  FB_RETURN_IF_ERROR(Begin(*link, path, max_answer_bytes));
  return link;
}

absl::Status CollectorDialer::Begin(proxy::GrpcLink& link, absl::string_view path,
                                    size_t max_answer_bytes) {
  proxy::GrpcCall call{.path = std::string(path),
                       .content_type = std::string(kContentType),
                       .fields = {},
                       .max_answer_bytes = max_answer_bytes};
  call.fields.Add(kProtocolField, absl::StrCat(kProtocolVersion));
  return link.Begin(call);
}

}  // namespace firebreak::collector
