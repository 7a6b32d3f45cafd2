// Flow records as OpenTelemetry log records (OTLP, opentelemetry-proto's logs v1), and what a
// receiver answers. Docs: docs/FLOWS.md has the table of attributes.
#ifndef FIREBREAK_FLOWS_OTLP_H_
#define FIREBREAK_FLOWS_OTLP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// OtlpLogs collects log records of one sidecar into an ExportLogsServiceRequest.
class OtlpLogs {
 public:
  // Add appends one record. line is the flow's own text, which becomes the body: the chain can be
  // checked from there.
  void Add(const Flow& flow, absl::string_view line);
  // Finish returns the request's bytes in protobuf. Resource attributes are those of the last flow
  // added, whose reporter all have in common.
  std::string Finish() const;

 private:
  std::string records_;   // LogRecord fields of ScopeLogs, one after the other
  std::string resource_;  // of Resource
};

// OtlpPartialSuccess is what a receiver says of what it took.
struct OtlpPartialSuccess {
  uint64_t rejected = 0;
  std::string message;
};

// ParseOtlpResponse reads an ExportLogsServiceResponse; unknown fields are passed over.
absl::StatusOr<OtlpPartialSuccess> ParseOtlpResponse(absl::string_view bytes);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_OTLP_H_
