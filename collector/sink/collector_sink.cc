#include "collector/sink/collector_sink.h"

#include <string>
#include <utility>

#include "base/status.h"

namespace firebreak::collector {

using flows::Delivery;

CollectorSink::CollectorSink(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                             const Clock& clock)
    : target_(std::move(target)),
      identity_(identity),
      limits_(limits),
      clock_(clock),
      engine_(scratch_, limits_, clock) {}

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

absl::StatusOr<Receipt> CollectorSink::Publish(const flows::Batch& batch) {
  FB_RETURN_IF_ERROR(TakeIdentity());
  if (link_ == nullptr || !link_->IsUsable()) {
    link_.reset();
    FB_ASSIGN_OR_RETURN(link_, CollectorLink::Open(target_, engine_, scratch_, clock_,
                                                   clock_.MonoNow() + kConnectTimeout));
  }
  auto receipt = link_->Publish(batch.lines, batch.text, clock_.MonoNow() + kReceiptTimeout);
  if (!receipt.ok()) link_.reset();
  return receipt;
}

Delivery CollectorSink::Deliver(const flows::Batch& batch) {
  const auto receipt = Publish(batch);
  if (receipt.ok()) return Delivery::Taken();
  std::string why(receipt.status().message());
  const bool final =
      absl::IsPermissionDenied(receipt.status()) || absl::IsInvalidArgument(receipt.status());
  return final ? Delivery::Refused(std::move(why)) : Delivery::Later(std::move(why));
}

}  // namespace firebreak::collector
