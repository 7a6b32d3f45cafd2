#include "cli/policy_diff_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
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
#include "cli/choice.h"
#include "cli/difference_printer.h"
#include "cli/flow_input.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "policy/workbench/book.h"
#include "policy/workbench/compare.h"
#include "policy/workbench/replay.h"

namespace firebreak::cli {
namespace {

enum class DiffForm { kTable, kJson };

struct DiffFlags {
  std::string before;
  std::string after;
  FlowInput flows;
  std::string label = "app";
  DiffForm form = DiffForm::kTable;
};

// ReadSide reads one side. Its errors are told of; its warnings are `policy check`'s to give.
std::optional<policy::PolicyBook> ReadSide(const std::string& path, CommandContext& context) {
  config::Diagnostics diagnostics;
  auto book = policy::PolicyBook::Read({path}, &diagnostics);
  if (!book.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
  }
  return book;
}

// TellOfAudit says what no comparison looks at.
void TellOfAudit(const policy::PolicyBook& before, const policy::PolicyBook& after,
                 std::ostream& err) {
  size_t audits = 0;
  for (const policy::PolicyBook* book : {&before, &after}) {
    audits += static_cast<size_t>(
        std::count_if(book->documents().begin(), book->documents().end(),
                      [](const policy::PolicyDocument& document) { return document.audit(); }));
  }
  if (audits > 0) err << "under AUDIT, so they decide nothing: policies " << audits << "\n";
}

// Inspections is what each rule says about inspection, by the name of the rule.
std::map<std::string, std::string> Inspections(const policy::PolicyBook& book) {
  std::map<std::string, std::string> said;
  for (const policy::PolicyDocument& document : book.documents()) {
    const auto& rules = document.message().spec().rules();
    for (int i = 0; i < rules.size(); ++i) {
      said.emplace(absl::StrCat(document.name(), " ", document.rule_name(i)),
                   rules.Get(i).inspection().SerializeAsString());
    }
  }
  return said;
}

// TellOfInspection names rules of both sides that have what they let through inspected otherwise:
// no verdict shows it.
void TellOfInspection(const policy::PolicyBook& before, const policy::PolicyBook& after,
                      std::ostream& err) {
  const std::map<std::string, std::string> old = Inspections(before);
  for (const auto& [rule, inspection] : Inspections(after)) {
    const auto found = old.find(rule);
    if (found == old.end() || found->second == inspection) continue;
    err << "inspected otherwise: what " << PrintableEscaped(rule) << " lets through\n";
  }
}

void Hints(const policy::Replay& replay, const policy::TrafficLog& log, std::ostream& err) {
  err << "replayed " << replay.records << " records, " << replay.questions
      << " different questions\n";
  if (replay.unlike_recorded > 0) {
    err << "of them, " << replay.unlike_recorded
        << " are decided by the old policies otherwise than was recorded: these were not in force "
           "then, or look at what no record holds, such as headers\n";
  }
  if (replay.not_asked > 0) {
    err << "left out: records of no valid identity or address: " << replay.not_asked << "\n";
  }
  if (log.left().too_many > 0) {
    err << "left out: records of questions beyond the first million different ones: "
        << log.left().too_many << "\n";
  }
}

// RunReplay fills replay; false: an input cannot be read, which was told of.
bool RunReplay(const DiffFlags& flags, const policy::PolicyBook& before,
               const policy::PolicyBook& after, policy::Replay* replay, CommandContext& context) {
  policy::TrafficLog log;
  if (!ReadFlows(
          flags.flows, [&log](const flows::Flow& flow) { log.Add(flow); }, context)) {
    return false;
  }
  auto result = policy::ReplayTraffic(log, before.files(), after.files(), flags.label,
                                      context.clock.WallNow());
  if (!result.ok()) {
    context.exit_code = Fail(context, result.status());
    return false;
  }
  *replay = *std::move(result);
  Hints(*replay, log, context.err);
  return true;
}

absl::StatusOr<policy::Comparison> CompareWithProgress(const policy::PolicyBook& before,
                                                       const policy::PolicyBook& after,
                                                       policy::Wanted wanted,
                                                       CommandContext& context) {
  ProgressBar bar("kinds of workload", context);
  return policy::Compare(before, after, wanted, context.clock.WallNow(),
                         [&bar](size_t done, size_t total) { bar.Show(done, total); });
}

void RunDiff(const DiffFlags& flags, CommandContext& context) {
  const auto before = ReadSide(flags.before, context);
  const auto after = ReadSide(flags.after, context);
  if (!before.has_value() || !after.has_value()) return;
  const auto comparison = CompareWithProgress(*before, *after, policy::Wanted::kBoth, context);
  if (!comparison.ok()) {
    context.exit_code = Fail(context, comparison.status());
    return;
  }
  TellOfAudit(*before, *after, context.err);
  TellOfInspection(*before, *after, context.err);
  policy::Replay replay;
  const bool with_flows = !flags.flows.files.empty();
  if (with_flows && !RunReplay(flags, *before, *after, &replay, context)) return;
  if (flags.form == DiffForm::kJson) {
    JsonObject object;
    object.Add("differences", DifferencesJson(*comparison));
    if (with_flows) object.Add("flows", ChangesJson(replay.changes));
    context.out << TerminalSafeJson(object.str()) << "\n";
  } else {
    const Painter painter(context.UseColor());
    PrintDifferences(*comparison, {}, painter, context.out);
    if (!comparison->differences.empty() && !replay.changes.empty()) context.out << "\n";
    PrintChanges(replay.changes, painter, context.out);
  }
  const bool same = comparison->differences.empty() && replay.changes.empty();
  if (same) context.err << "no difference\n";
  context.exit_code = same ? kExitYes : kExitNo;
}

struct ProveFlags {
  std::vector<std::string> subset;
  DiffForm form = DiffForm::kTable;
};

std::string Counted(const policy::PolicyBook& book) {
  return absl::StrCat("policies ", book.counts().policies, ", rules ", book.counts().rules);
}

void RunProve(const ProveFlags& flags, CommandContext& context) {
  const auto small = ReadSide(flags.subset[0], context);
  const auto large = ReadSide(flags.subset[1], context);
  if (!small.has_value() || !large.has_value()) return;
  const absl::Time now = context.clock.WallNow();
  const auto comparison =
      CompareWithProgress(*large, *small, policy::Wanted::kNewlyAllowed, context);
  if (!comparison.ok()) {
    context.exit_code = Fail(context, comparison.status());
    return;
  }
  TellOfAudit(*large, *small, context.err);
  const bool proved = comparison->differences.empty();
  context.exit_code = proved ? kExitYes : kExitNo;
  if (flags.form == DiffForm::kJson) {
    JsonObject object;
    object.AddBool("proved", proved).Add("counter_examples", DifferencesJson(*comparison));
    context.out << TerminalSafeJson(object.str()) << "\n";
    return;
  }
  const std::string a = PrintableEscaped(flags.subset[0]);
  const std::string b = PrintableEscaped(flags.subset[1]);
  if (proved) {
    context.out << "proved: what " << a << " allows, " << b << " allows\n";
  } else {
    context.out << "refuted: " << a << " allows what " << b << " does not\n";
    const DifferenceWords words{.newly_allowed = "allowed by the first alone",
                                .newly_denied = "",
                                .before = absl::StrCat(flags.subset[1], ": "),
                                .after = absl::StrCat(flags.subset[0], ": ")};
    PrintDifferences(*comparison, words, Painter(context.UseColor()), context.out);
  }
  context.err << "compared: " << a << " (" << Counted(*small) << ") with " << b << " ("
              << Counted(*large) << "), kinds of workload " << comparison->workloads << ", from "
              << UtcText(now) << " on\n";
}

}  // namespace

void AddPolicyDiff(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "diff",
      "What one set of policies allows and the other denies, as exact sets, each with a question "
      "that the engine decides otherwise; with --flows the recorded traffic that changes. Exits 1 "
      "when anything differs");
  auto flags = std::make_shared<DiffFlags>();
  command.add_option("OLD", flags->before, "Policy file or folder")->required();
  command.add_option("NEW", flags->after, "Policy file or folder")->required();
  AddFlowInput(command, flags->flows, /*required=*/false);
  command
      .add_option("--label", flags->label,
                  "Label that selects a workload of the flows by its name (app)")
      ->option_text("KEY");
  AddChoice<DiffForm>(command, "-o,--output", flags->form,
                      {{"table", DiffForm::kTable}, {"json", DiffForm::kJson}}, "How to print");
  command.callback([flags, &context] { RunDiff(*flags, context); });
}

void AddPolicyProve(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "prove",
      "Does B allow everything that A allows? Exits 0 when that is proved, 1 with questions that "
      "refute it, 2 when there is no exact answer");
  auto flags = std::make_shared<ProveFlags>();
  command.add_option("--subset", flags->subset, "Two policy files or folders: A, and B around it")
      ->required()
      ->expected(2)
      ->option_text("A B");
  AddChoice<DiffForm>(command, "-o,--output", flags->form,
                      {{"table", DiffForm::kTable}, {"json", DiffForm::kJson}}, "How to print");
  command.callback([flags, &context] { RunProve(*flags, context); });
}

}  // namespace firebreak::cli
