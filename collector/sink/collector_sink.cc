#include "collector/sink/collector_sink.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::collector {
namespace {

using flows::Delivery;

constexpr size_t kMaxReceiptBytes = 1'024;

}  // namespace

CollectorSink::CollectorSink(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                             const Clock& clock)
    : clock_(clock), dialer_(std::move(target), identity, limits, clock) {}

// Connect makes sure of a connection with its call, made under the identity in force.
absl::Status CollectorSink::Connect() {
  const bool goes_on = link_ != nullptr && !dialer_.IsStale() && link_->IsUsable();
  if (goes_on && link_->in_call()) return absl::OkStatus();
  number_ = 0;
  if (goes_on) return CollectorDialer::Begin(*link_, kPublishPath, kMaxReceiptBytes);
  link_.reset();
  FB_ASSIGN_OR_RETURN(link_, dialer_.Dial(kPublishPath, kMaxReceiptBytes));
  return absl::OkStatus();
}

absl::StatusOr<Receipt> CollectorSink::Publish(const flows::Batch& batch) {
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
  // Who is only told to come again has a connection to come on.
  if (!absl::IsResourceExhausted(receipt.status())) link_.reset();
  std::string why(receipt.status().message());
  const bool final =
      absl::IsPermissionDenied(receipt.status()) || absl::IsInvalidArgument(receipt.status());
  return final ? Delivery::Refused(std::move(why)) : Delivery::Later(std::move(why));
}

}  // namespace firebreak::collector
