#include "cli/policy_tighten_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "cli/certs_issue.h"
#include "cli/choice.h"
#include "cli/flow_input.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "config/diagnostics.h"
#include "policy/workbench/tighten.h"
#include "policy/workbench/unified_diff.h"

namespace firebreak::cli {
namespace {

enum class TightenForm { kTable, kJson };

struct TightenFlags {
  std::vector<std::string> paths;
  FlowInput flows;
  std::string label = "app";
  std::string min_window = "7d";
  std::string unused_for;
  bool patch = false;
  TightenForm form = TightenForm::kTable;
};

// Spans are the lengths of time on the command line.
struct Spans {
  absl::Duration min_window;
  absl::Time since = absl::InfinitePast();  // a use before is none
};

absl::StatusOr<Spans> SpansOf(const TightenFlags& flags, const policy::TrafficLog& log) {
  Spans spans;
  const auto min_window = ParseTtl(flags.min_window);
  if (!min_window.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--min-window: ", min_window.status().message()));
  }
  spans.min_window = *min_window;
  spans.since = log.first();
  if (flags.unused_for.empty()) return spans;
  const auto unused_for = ParseTtl(flags.unused_for);
  if (!unused_for.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--unused-for: ", unused_for.status().message()));
  }
  spans.since = log.last() - *unused_for;
  return spans;
}

std::string LastText(const policy::Unused& unused) {
  if (!unused.last_used.has_value()) return "never";
  return UtcText(*unused.last_used);
}

void Print(const std::vector<policy::Unused>& unused, TightenForm form, CommandContext& context) {
  if (form == TightenForm::kTable) {
    if (unused.empty()) return;
    Table table({"PLACE", "POLICY", "RULE", "UNUSED", "LAST USED"}, Painter(context.UseColor()),
                context.out);
    for (const policy::Unused& item : unused) {
      table.AddRow({item.place, item.policy, item.rule, item.grant, LastText(item)});
    }
    return;
  }
  std::vector<std::string> list;
  for (const policy::Unused& item : unused) {
    JsonObject object;
    object.AddText("place", item.place)
        .AddText("policy", item.policy)
        .AddText("rule", item.rule)
        .AddText("path", item.path)
        .AddText("grant", item.grant);
    if (item.last_used.has_value()) object.AddText("last_used", LastText(item));
    list.push_back(object.str());
  }
  context.out << TerminalSafeJson(JsonList(list)) << "\n";
}

void PrintPatch(const policy::Tightening& tightening, std::ostream& out, std::ostream& err) {
  for (const policy::Tightened& file : tightening.files) {
    out << policy::UnifiedDiff(file.file, file.before, file.after);
  }
  for (const std::string& note : tightening.by_hand) {
    err << "by hand: " << PrintableEscaped(note) << "\n";
  }
}

// Window tells of a short window. False: too short to change policies by.
bool LongEnough(const TightenFlags& flags, const Spans& spans, const policy::TrafficLog& log,
                CommandContext& context) {
  if (log.left().lost > 0) {
    context.err << "these flows are not all: " << log.left().lost
                << " records were lost when the log was written\n";
  }
  const absl::Duration window = log.last() - log.first();
  if (window >= spans.min_window) return true;
  context.err << "the flows cover " << absl::FormatDuration(absl::Trunc(window, absl::Seconds(1)))
              << ", less than " << flags.min_window
              << " (--min-window): what happens once a week or a month has not been seen\n";
  return false;
}

void RunTighten(const TightenFlags& flags, CommandContext& context) {
  config::Diagnostics diagnostics;
  const auto book = policy::PolicyBook::Read(flags.paths, &diagnostics);
  if (!book.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
    return;
  }
  policy::TrafficLog log;
  if (!ReadFlows(
          flags.flows, [&log](const flows::Flow& flow) { log.Add(flow); }, context))
    return;
  if (log.lines() == 0) {
    context.exit_code =
        Fail(context, absl::FailedPreconditionError("no flow in this window: nothing can be said"));
    return;
  }
  const auto spans = SpansOf(flags, log);
  if (!spans.ok()) {
    context.exit_code = Fail(context, spans.status());
    return;
  }
  const bool long_enough = LongEnough(flags, *spans, log, context);
  const std::vector<policy::Unused> unused =
      policy::FindUnused(*book, log, flags.label, spans->since);
  context.exit_code = unused.empty() ? kExitYes : kExitNo;
  if (!flags.patch) {
    Print(unused, flags.form, context);
    return;
  }
  if (!long_enough) {
    context.exit_code =
        Fail(context, absl::FailedPreconditionError("no patch from so short a window; --min-window "
                                                    "takes a shorter one for enough"));
    return;
  }
  const auto tightening = policy::Tighten(*book, unused, log, flags.label, spans->since);
  if (!tightening.ok()) {
    context.exit_code = Fail(context, tightening.status());
    return;
  }
  PrintPatch(*tightening, context.out, context.err);
}

}  // namespace

void AddPolicyTighten(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "tighten",
      "What ALLOW rules grant and recorded flows do not use: rules, principals, ports, methods, "
      "paths. Exits 1 when there is any");
  auto flags = std::make_shared<TightenFlags>();
  command.add_option("PATH", flags->paths, "Policy files, or folders of *.yaml and *.yml")
      ->required();
  AddFlowInput(command, flags->flows, /*required=*/true);
  command
      .add_option("--min-window", flags->min_window,
                  "How much time flows must cover before anything is changed by them (7d)")
      ->option_text("TIME");
  command
      .add_option("--unused-for", flags->unused_for,
                  "What was not used in the last TIME of the flows; else in all of them")
      ->option_text("TIME");
  command.add_flag("--patch", flags->patch,
                   "Print the change that takes it out, for patch or git apply");
  command
      .add_option("--label", flags->label,
                  "Label that selects a workload of the flows by its name (app)")
      ->option_text("KEY");
  AddChoice<TightenForm>(command, "-o,--output", flags->form,
                         {{"table", TightenForm::kTable}, {"json", TightenForm::kJson}},
                         "How to print");
  command.callback([flags, &context] { RunTighten(*flags, context); });
}

}  // namespace firebreak::cli
