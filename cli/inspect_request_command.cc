#include "cli/inspect_request_command.h"

#include <memory>
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
#include "cli/choice.h"
#include "cli/bounded_input.h"
#include "cli/json_object.h"
#include "cli/request_inspection.h"
#include "cli/terminal.h"

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

absl::string_view VerdictOf(const RequestInspector& inspector) {
  return inspector.blocked() ? "block" : "pass";
}

void PrintTable(const std::string& file, const RequestInspector& inspector,
                CommandContext& context) {
  const Painter painter(context.UseColor());
  const inspect::Inspection& inspection = inspector.inspection();
  const Color color = inspector.blocked() ? Color::kRed : Color::kGreen;
  context.out << PrintableEscaped(file) << ": " << painter.Paint(color, VerdictOf(inspector));
  if (inspector.rejection().has_value()) {
    context.out << ", refused before inspection: " << inspector.rejection()->code << " ("
                << inspector.rejection()->status << ")\n";
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

std::string RequestJson(const std::string& file, const RequestInspector& inspector) {
  std::vector<std::string> findings;
  findings.reserve(inspector.inspection().findings().size());
  for (const inspect::Finding& finding : inspector.inspection().findings()) {
    findings.push_back(FindingJson(finding));
  }
  JsonObject object;
  object.AddText("file", file)
      .AddText("verdict", VerdictOf(inspector))
      .Add("score", absl::StrCat(inspector.inspection().score()))
      .Add("threshold", absl::StrCat(inspector.inspection().threshold()));
  if (inspector.rejection().has_value()) {
    object.AddText("refused", inspector.rejection()->code);
  }
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
    if (inspector.blocked()) context.exit_code = kExitNo;
    if (flags.form == RequestForm::kTable) {
      PrintTable(file, inspector, context);
    } else {
      objects.push_back(RequestJson(file, inspector));
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
