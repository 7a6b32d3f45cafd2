#include "collector/sink/collector_sink.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::collector {

using flows::Delivery;

CollectorSink::CollectorSink(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                             const Clock& clock)
    : server_{.host = std::move(target.host), .port = target.port},
      identity_(identity),
      limits_(limits),
      clock_(clock),
      engine_(scratch_, limits_, clock),
      stream_(engine_, scratch_, std::move(target.expected), clock) {}

// TakeIdentity also ends a connection that was made under another SVID or other trust.
absl::Status CollectorSink::TakeIdentity() {
  auto identity = identity_.Get();
  if (identity == nullptr) return absl::FailedPreconditionError("this sidecar has no SVID yet");
  if (identity == in_force_) return absl::OkStatus();
  link_.reset();
  in_force_ = nullptr;
  FB_RETURN_IF_ERROR(engine_.SetIdentity(*identity));
  in_force_ = std::move(identity);
  return absl::OkStatus();
}

// Connect makes sure of a connection with its call.
absl::Status CollectorSink::Connect() {
  if (link_ != nullptr && link_->IsUsable() && link_->in_call()) return absl::OkStatus();
  link_.reset();
  FB_ASSIGN_OR_RETURN(
      link_, proxy::GrpcLink::Open(server_, stream_, clock_, clock_.MonoNow() + kConnectTimeout));
  proxy::GrpcCall call{.path = std::string(kPublishPath),
                       .content_type = std::string(kContentType)};
  call.fields.Add(kProtocolField, absl::StrCat(kProtocolVersion));
  number_ = 0;
  return link_->Begin(call);
}

absl::StatusOr<Receipt> CollectorSink::Publish(const flows::Batch& batch) {
  FB_RETURN_IF_ERROR(TakeIdentity());
  FB_RETURN_IF_ERROR(Connect());
  FB_ASSIGN_OR_RETURN(const std::string message, EncodeBatch(++number_, batch.lines, batch.text));
  const MonoTime deadline = clock_.MonoNow() + kReceiptTimeout;
  FB_RETURN_IF_ERROR(link_->Send(message, deadline));
  FB_ASSIGN_OR_RETURN(const std::string answer, link_->Receive(deadline));
  // Nonsense says nothing of the batch.
  auto receipt = DecodeReceipt(answer);
  if (receipt.ok() && receipt->number == number_) return receipt;
  return absl::UnavailableError(absl::StrCat("the answer to batch ", number_, " is of another"));
}

Delivery CollectorSink::Deliver(const flows::Batch& batch) {
  const auto receipt = Publish(batch);
  if (receipt.ok()) return Delivery::Taken();
  link_.reset();
  std::string why(receipt.status().message());
  const bool final =
      absl::IsPermissionDenied(receipt.status()) || absl::IsInvalidArgument(receipt.status());
  return final ? Delivery::Refused(std::move(why)) : Delivery::Later(std::move(why));
}

}  // namespace firebreak::collector
