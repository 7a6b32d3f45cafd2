#include "cli/inspect_request_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "cli/bounded_input.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/request_inspection.h"
#include "cli/terminal.h"
#include "proxy/http1/request_check.h"

namespace firebreak::cli {
namespace {

enum class RequestForm { kTable, kJson };

struct RequestFlags {
  std::vector<std::string> files;
  int paranoia = 1;
  RequestForm form = RequestForm::kTable;
};

std::string PlaceText(const inspect::Finding& finding) {
  std::string text(inspect::PlaceName(finding.place));
  if (!finding.field.empty()) absl::StrAppend(&text, " ", finding.field);
  if (finding.is_name) absl::StrAppend(&text, " (name)");
  return text;
}

// Seen is what a sidecar would do with one request, and what is in it.
struct Seen {
  const RequestInspector& inspector;
  std::optional<http::Rejection> refused;  // by the codec, or by canonicalisation

  bool blocked() const { return refused.has_value() || inspector.blocked(); }
  absl::string_view verdict() const { return blocked() ? "block" : "pass"; }
};

void PrintTable(const std::string& file, const Seen& seen, CommandContext& context) {
  const Painter painter(context.UseColor());
  const inspect::Inspection& inspection = seen.inspector.inspection();
  const Color color = seen.blocked() ? Color::kRed : Color::kGreen;
  context.out << PrintableEscaped(file) << ": " << painter.Paint(color, seen.verdict());
  if (seen.refused.has_value()) {
    context.out << ", refused before inspection: " << seen.refused->code << " ("
                << seen.refused->status << ")";
  }
  if (seen.inspector.rejection().has_value()) {
    context.out << "\n";
    return;
  }
  context.out << ", score " << inspection.score() << " of " << inspection.threshold() << "\n";
  if (inspection.findings().empty()) return;
  Table table({"RULE", "SCORE", "WHERE", "MATCHED", "WHY"}, painter, context.out);
  for (const inspect::Finding& finding : inspection.findings()) {
    table.AddRow({std::string(finding.id), absl::StrCat(finding.severity), PlaceText(finding),
                  finding.excerpt, std::string(finding.why)});
  }
}

std::string FindingJson(const inspect::Finding& finding) {
  return JsonObject()
      .AddText("id", finding.id)
      .AddText("category", inspect::CategoryName(finding.category))
      .AddText("place", inspect::PlaceName(finding.place))
      .AddText("field", finding.field)
      .AddBool("in_name", finding.is_name)
      .AddText("excerpt", finding.excerpt)
      .Add("severity", absl::StrCat(finding.severity))
      .Add("paranoia", absl::StrCat(finding.paranoia))
      .Add("layers", absl::StrCat(finding.layers))
      .AddText("why", finding.why)
      .str();
}

std::string RequestJson(const std::string& file, const Seen& seen) {
  const inspect::Inspection& inspection = seen.inspector.inspection();
  std::vector<std::string> findings;
  findings.reserve(inspection.findings().size());
  for (const inspect::Finding& finding : inspection.findings()) {
    findings.push_back(FindingJson(finding));
  }
  JsonObject object;
  object.AddText("file", file)
      .AddText("verdict", seen.verdict())
      .Add("score", absl::StrCat(inspection.score()))
      .Add("threshold", absl::StrCat(inspection.threshold()));
  if (seen.refused.has_value()) object.AddText("refused", seen.refused->code);
  return object.Add("matches", JsonList(findings)).str();
}

void RunInspectRequest(const RequestFlags& flags, CommandContext& context) {
  RequestInspector inspector(inspect::EngineOptions{.paranoia = flags.paranoia});
  std::vector<std::string> objects;
  objects.reserve(flags.files.size());
  context.exit_code = kExitYes;
  for (const std::string& file : flags.files) {
    const auto bytes = ReadInput(file, kMostInputBytes, context);
    absl::Status status = bytes.status();
    if (status.ok()) {
      status = inspector.Inspect(*bytes);
      if (!status.ok()) status = {status.code(), absl::StrCat(file, ": ", status.message())};
    }
    if (!status.ok()) {
      context.exit_code = Fail(context, status);
      return;
    }
    // The codec comes first. What it refuses is looked into all the same: see ReadRawRequest.
    Seen seen{.inspector = inspector, .refused = proxy::CodecRefusal(*bytes)};
    if (!seen.refused.has_value()) seen.refused = inspector.rejection();
    if (seen.blocked()) context.exit_code = kExitNo;
    if (flags.form == RequestForm::kTable) {
      PrintTable(file, seen, context);
    } else {
      objects.push_back(RequestJson(file, seen));
    }
  }
  if (flags.form == RequestForm::kJson) context.out << JsonList(objects) << "\n";
}

}  // namespace

void AddInspectRequest(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command = *inspect_command.add_subcommand(
      "request",
      "What is found in HTTP/1.1 requests, where and why. Exits 1 when one would be blocked");
  auto flags = std::make_shared<RequestFlags>();
  command
      .add_option("FILE", flags->files,
                  "Raw requests, one a file, 64 MiB at most; - is standard input")
      ->required();
  command.add_option("--paranoia", flags->paranoia, "Paranoia level, 1 to 4 (1)")
      ->option_text("N")
      ->check(CLI::Range(inspect::kMinParanoia, inspect::kMaxParanoia));
  AddChoice<RequestForm>(command, "-o,--output", flags->form,
                         {{"table", RequestForm::kTable}, {"json", RequestForm::kJson}},
                         "How to print");
  command.callback([flags, &context] { RunInspectRequest(*flags, context); });
}

}  // namespace firebreak::cli
