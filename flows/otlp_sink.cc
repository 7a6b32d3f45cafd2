#include "flows/otlp_sink.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "flows/json_reader.h"
#include "flows/otlp.h"

namespace firebreak::flows {
namespace {

constexpr size_t kShownBytes = 256;

}  // namespace

OtlpSink::OtlpSink(HttpEndpoint endpoint, const Clock& clock, std::unique_ptr<ByteStream> stream)
    : target_(endpoint.target), client_(std::move(endpoint), clock, std::move(stream)) {}

Delivery OtlpSink::Deliver(const Batch& batch) {
  OtlpLogs logs;
  uint64_t unreadable = 0;
  for (const absl::string_view line : absl::StrSplit(batch.text, '\n', absl::SkipEmpty())) {
    const auto flow = ParseFlowLine(line);
    if (flow.ok()) {
      logs.Add(*flow, line);
    } else {
      ++unreadable;
    }
  }
  const std::string body = Gzipped(logs.Finish());
  if (body.empty()) return Delivery::Later("no memory to compress");
  const auto response = client_.Post(
      target_, {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "gzip"}}, body);
  if (!response.ok()) return Delivery::Later(std::string(response.status().message()));
  Delivery delivery = OtlpVerdict(*response);
  if (unreadable > 0 && delivery.fate == Delivery::Fate::kTaken) {
    delivery.refused_lines += unreadable;
    delivery.detail = "lines that are no flows";
  }
  return delivery;
}

Delivery OtlpVerdict(const HttpResponse& response) {
  if (response.status == 200) {
    const auto partial = ParseOtlpResponse(response.body);
    // It took them; what else it says cannot be read.
    if (!partial.ok() || partial->rejected == 0) return Delivery::Taken();
    Delivery taken = Delivery::Taken();
    taken.refused_lines = partial->rejected;
    taken.detail = PrintableEscaped(absl::string_view(partial->message).substr(0, kShownBytes));
    return taken;
  }
  const std::string said =
      absl::StrCat("HTTP ", response.status, ": ",
                   PrintableEscaped(absl::string_view(response.body).substr(0, kShownBytes)));
  if (response.status == 400 || response.status == 413 || response.status == 422) {
    return Delivery::Refused(said);
  }
  Delivery later = Delivery::Later(said);
  later.wait = response.retry_after;
  return later;
}

}  // namespace firebreak::flows
