#include "cli/flows_reconcile.h"

#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"

#include "base/time_text.h"
#include "cli/choice.h"
#include "cli/flow_filter_options.h"
#include "cli/flow_input.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "flows/flow_facts.h"
#include "flows/principal.h"
#include "flows/reconcile.h"

namespace firebreak::cli {
namespace {

using flows::Differing;
using flows::OneSidedFlow;
using flows::Reported;

struct ReconcileOptions {
  LogFiles files;  // no store: it does not have lines in the order of time
  FlowQuestion question;
  std::string tolerance = "5s";
  OutputFormat format = OutputFormat::kTable;
};

// Party is an end of a flow as the reporter of the line would call it.
std::string Party(const std::string& principal, const Reported& flow) {
  const auto reporter = flows::SplitPrincipal(flow.reporter());
  return flows::ShortName(principal,
                          reporter.has_value() ? reporter->trust_domain : absl::string_view());
}

std::string BytesText(const Reported& flow) { return absl::StrCat(flow.sent, "/", flow.received); }

JsonObject FlowJson(const Reported& flow) {
  return JsonObject()
      .AddText("time", UtcText(flow.time, 6))
      .AddText("flow_id", flow.flow_id)
      .AddText("reporter", flow.reporter())
      .AddText("source", flow.source)
      .AddText("destination", flow.destination)
      .AddText("what", flow.what)
      .AddText("verdict", flow.verdict)
      .Add("bytes_sent", absl::StrCat(flow.sent))
      .Add("bytes_received", absl::StrCat(flow.received));
}

void PrintJson(const flows::Reconciler& result, std::ostream& out) {
  for (const OneSidedFlow& one : result.one_sided()) {
    const JsonObject object =
        JsonObject()
            .AddText("finding", absl::StrCat("ONE_SIDED_", flows::OneSidedName(one.why)))
            .AddText("missing_at", one.flow.peer())
            .Add("flow", FlowJson(one.flow).str());
    out << TerminalSafeJson(object.str()) << "\n";
  }
  for (const Differing& pair : result.differing()) {
    const JsonObject object = JsonObject()
                                  .AddText("finding", "DIFFERS")
                                  .Add("source_says", FlowJson(pair.outbound).str())
                                  .Add("destination_says", FlowJson(pair.inbound).str());
    out << TerminalSafeJson(object.str()) << "\n";
  }
}

void PrintTable(const flows::Reconciler& result, CommandContext& context) {
  if (result.one_sided().empty() && result.differing().empty()) return;
  Table table({"FINDING", "TIME", "SOURCE", "DESTINATION", "WHAT", "REPORTED BY", "SENT/RECEIVED",
               "PEER SAYS", "FLOW ID"},
              Painter(context.UseColor()), context.out);
  for (const auto& [flow, why] : result.one_sided()) {
    const bool alarming = why == flows::OneSided::kMissing;
    table.AddRow(
        {Cell(std::string(flows::OneSidedName(why)), alarming ? Color::kRed : Color::kYellow),
         UtcText(flow.time, 6), Party(flow.source, flow), Party(flow.destination, flow), flow.what,
         std::string(flow.inbound ? "destination" : "source"), BytesText(flow), std::string(),
         flow.flow_id});
  }
  for (const Differing& pair : result.differing()) {
    const Reported& said = pair.outbound;
    table.AddRow({Cell("DIFFERS", Color::kRed), UtcText(said.time, 6), Party(said.source, said),
                  Party(said.destination, said), said.what, std::string("both"), BytesText(said),
                  BytesText(pair.inbound), said.flow_id});
  }
}

void RunReconcile(const ReconcileOptions& options, CommandContext& context) {
  absl::Duration tolerance;
  if (!absl::ParseDuration(options.tolerance, &tolerance) || tolerance <= absl::ZeroDuration() ||
      tolerance > absl::Hours(1)) {
    context.exit_code = Fail(
        context, absl::InvalidArgumentError("--tolerance: a duration such as 5s, up to an hour"));
    return;
  }
  flows::Reconciler result(tolerance, [&options](const flows::Flow& flow) {
    return options.question.filter.Matches(flow);
  });
  const auto see = [&result](const flows::Flow& flow) { result.See(flow); };
  if (!ForEachLine(options.files, see, context)) return;
  result.Finish();
  if (options.format == OutputFormat::kJson) {
    PrintJson(result, context.out);
  } else {
    PrintTable(result, context);
  }
  context.err << "firebreak: joined " << result.joined() << ", one-sided "
              << result.one_sided_count() << ", differing " << result.differing_count()
              << ", not comparable " << result.left_out() << "\n";
  const bool clean = result.one_sided_count() == 0 && result.differing_count() == 0;
  context.exit_code = clean ? kExitYes : kExitNo;
}

}  // namespace

void AddFlowsReconcile(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "reconcile",
      "Join what both sidecars of a flow report; list what only one did, and where they disagree. "
      "All lines are joined; filters choose which findings are told of");
  auto options = std::make_shared<ReconcileOptions>();
  command
      .add_option("--tolerance", options->tolerance,
                  "How far apart the two reports of a flow may be in time: clocks differ (5s)")
      ->option_text("DURATION");
  AddChoice<OutputFormat>(command, "-o,--output", options->format,
                          {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
                          "A table, or JSON lines");
  AddLogFiles(command, options->files);
  AddFlowFilters(command, options->question, context.clock);
  command.callback([options, &context] { RunReconcile(*options, context); });
}

}  // namespace firebreak::cli
