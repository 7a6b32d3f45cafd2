#include "proxy/grpc/als_sink.h"

#include <utility>

#include "absl/strings/str_split.h"

#include "base/status.h"
#include "flows/als.h"
#include "flows/json_reader.h"

namespace firebreak::proxy {

using flows::Delivery;

AlsSink::AlsSink(GrpcServer server, std::string log_name, std::unique_ptr<flows::ByteStream> stream,
                 const Clock& clock)
    : server_(std::move(server)),
      log_name_(std::move(log_name)),
      clock_(clock),
      stream_(std::move(stream)) {}

Delivery AlsSink::Deliver(const flows::Batch& batch) {
  flows::AlsMessages messages(log_name_);
  uint64_t unreadable = 0;
  for (const absl::string_view line : absl::StrSplit(batch.text, '\n', absl::SkipEmpty())) {
    const auto flow = flows::ParseFlowLine(line);
    if (flow.ok()) {
      messages.Add(*flow);
    } else {
      ++unreadable;
    }
  }
  const absl::Status called = Call(messages.Finish());
  if (!called.ok()) {
    link_.reset();
    std::string why(called.message());
    return absl::IsInvalidArgument(called) ? Delivery::Refused(std::move(why))
                                           : Delivery::Later(std::move(why));
  }
  Delivery taken = Delivery::Taken();
  taken.refused_lines = unreadable;
  if (unreadable > 0) taken.detail = "lines that are no flows";
  return taken;
}

absl::Status AlsSink::Call(const std::vector<std::string>& messages) {
  if (messages.empty()) return absl::OkStatus();  // lines that tell of the log itself
  if (link_ == nullptr || !link_->IsUsable()) {
    link_.reset();
    auto opened = GrpcLink::Open(server_, *stream_, clock_, clock_.MonoNow() + kConnectTimeout);
    // Whatever is wrong on our side of it, a file that is being replaced above all, the server has
    // refused nothing.
    if (!opened.ok()) return absl::UnavailableError(opened.status().message());
    link_ = *std::move(opened);
  }
  const MonoTime deadline = clock_.MonoNow() + kCallTimeout;
  FB_RETURN_IF_ERROR(link_->Begin({.path = flows::kAlsPath}));
  for (const std::string& message : messages) {
    FB_RETURN_IF_ERROR(link_->Send(message, deadline));
  }
  return link_->Finish(deadline);
}

}  // namespace firebreak::proxy
