// The forms in which `firebreak flows` prints flows.
#ifndef FIREBREAK_CLI_FLOWS_PRINTER_H_
#define FIREBREAK_CLI_FLOWS_PRINTER_H_

#include <iosfwd>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "cli/terminal.h"
#include "flows/flow_file.h"

namespace firebreak::cli {

// kOcsf, kZeek and kHubble are JSON lines in others' schemas; see docs/FLOWS.md.
enum class FlowForm { kCompact, kTable, kWide, kJson, kOcsf, kZeek, kHubble };

// FlowPrinter prints one flow after another, times in UTC. Every form but JSON escapes what it
// prints; JSON is the line as it was read, with control and bidirectional characters as \u escapes.
class FlowPrinter {
 public:
  FlowPrinter(FlowForm form, Painter painter, std::ostream& out);

  void Print(const flows::LogLine& line);
  // Flush prints what a table holds back, and flushes the stream.
  void Flush();
  // good: what was printed could be written.
  bool good() const;

 private:
  std::string Compact(const flows::Flow& flow) const;
  // home is the trust domain whose names are shortened.
  std::string Endpoint(const flows::FlowEndpoint& endpoint, absl::string_view home) const;
  void PrintForeign(const flows::Flow& flow);
  void AddRow(const flows::Flow& flow);

  const FlowForm form_;
  const Painter painter_;
  std::ostream& out_;
  std::unique_ptr<Table> table_;
  std::string text_;  // of the line at hand
};

// TerminalSafeJson replaces what a terminal could take as a command in a valid JSON text, without
// changing its meaning.
std::string TerminalSafeJson(absl::string_view json);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_PRINTER_H_
