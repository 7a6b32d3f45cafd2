// The forms in which `firebreak flows` prints flows.
#ifndef FIREBREAK_CLI_FLOWS_PRINTER_H_
#define FIREBREAK_CLI_FLOWS_PRINTER_H_

#include <iosfwd>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cli/terminal.h"
#include "flows/flow_file.h"

namespace firebreak::cli {

enum class FlowForm { kCompact, kTable, kWide, kJson };

// FlowPrinter prints one flow after another. Every form but JSON escapes what it prints; JSON is
// the line as it was read, with control and bidirectional characters as \u escapes.
class FlowPrinter {
 public:
  FlowPrinter(FlowForm form, Painter painter, absl::TimeZone zone, std::ostream& out);

  void Print(const flows::LogLine& line);
  // Flush prints what a table holds back, and flushes the stream.
  void Flush();

 private:
  std::string Compact(const flows::Flow& flow) const;
  std::string Endpoint(const flows::FlowEndpoint& endpoint) const;
  void AddRow(const flows::Flow& flow);

  const FlowForm form_;
  const Painter painter_;
  const absl::TimeZone zone_;
  std::ostream& out_;
  std::unique_ptr<Table> table_;
};

// EndpointName is who an endpoint is in few words: "namespace/service-account" of its principal,
// another principal as it stands, or the address where nobody was authenticated.
std::string EndpointName(const flows::FlowEndpoint& endpoint);

// TerminalSafeJson replaces what a terminal could take as a command in a valid JSON text, without
// changing its meaning.
std::string TerminalSafeJson(absl::string_view json);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_PRINTER_H_
