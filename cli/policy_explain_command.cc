#include "cli/policy_explain_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "base/verdict.h"
#include "cli/choice.h"
#include "cli/explanation_printer.h"
#include "cli/policy_question.h"
#include "flows/flow_file.h"
#include "policy/workbench/explanation.h"
#include "policy/workbench/flow_question.h"

namespace firebreak::cli {
namespace {

enum class ExplainForm { kTable, kJson, kDiff };

struct ExplainFlags {
  std::vector<std::string> paths;
  std::string workloads;
  QuestionFlags question;
  std::string decision;
  std::vector<std::string> flows;
  bool exact = false;
  ExplainForm form = ExplainForm::kTable;
};

// FindDecision returns the record of a decision; the last, as it has seen the most.
absl::StatusOr<flows::Flow> FindDecision(const ExplainFlags& flags, CommandContext& context) {
  const std::string wanted = absl::AsciiStrToLower(flags.decision);
  std::optional<flows::Flow> found;
  for (const std::string& path : flags.flows) {
    FB_ASSIGN_OR_RETURN(flows::FlowFile file,
                        flows::FlowFile::Open(path, [&context](absl::string_view bad) {
                          context.err << "firebreak: " << PrintableEscaped(bad) << "\n";
                        }));
    const auto take = [&](std::optional<flows::LogLine> line) {
      if (line->flow.decision_id == wanted) found = std::move(line->flow);
    };
    for (auto line = file.Next(); line.has_value(); line = file.Next()) take(std::move(line));
    if (auto last = file.TakeLast(); last.has_value()) take(std::move(last));
    FB_RETURN_IF_ERROR(file.status());
  }
  if (found.has_value()) return *std::move(found);
  return absl::NotFoundError(
      absl::StrCat("no record of decision \"", flags.decision, "\" in these flow logs"));
}

// RefusedBy says what else than policy refused a flow, and where to look; "" when nothing else did.
std::string RefusedBy(const flows::Flow& flow) {
  if (flow.reason == ReasonName(Reason::kQuarantined))
    return "quarantine (firebreak quarantine list)";
  if (flow.reason != ReasonName(Reason::kInspection)) return "";
  const auto& matches = flow.inspection.matches;
  return absl::StrCat("inspection", matches.empty() ? "" : ": ",
                      matches.empty() ? "" : PrintableEscaped(matches.front().id));
}

// OfDecision also says what else refused it.
std::optional<policy::PolicyQuestion> OfDecision(const ExplainFlags& flags,
                                                 const policy::Inventory& inventory,
                                                 std::string* refused_by, CommandContext& context) {
  const absl::StatusOr<flows::Flow> flow = FindDecision(flags, context);
  if (!flow.ok()) {
    context.exit_code = Fail(context, flow.status());
    return std::nullopt;
  }
  const absl::StatusOr<policy::HeaderLines> headers = HeadersOf(flags.question);
  if (!headers.ok()) {
    context.exit_code = Fail(context, headers.status());
    return std::nullopt;
  }
  absl::StatusOr<policy::FlowQuestion> asked = policy::QuestionOf(*flow, inventory, *headers);
  if (!asked.ok()) {
    context.exit_code = Fail(context, asked.status());
    return std::nullopt;
  }
  for (const std::string& doubt : asked->doubts) {
    context.err << "note: " << PrintableEscaped(doubt) << "\n";
  }
  context.err << "recorded: " << PrintableEscaped(flow->verdict)
              << (flow->reason.empty() ? "" : " ") << PrintableEscaped(flow->reason)
              << ", policy revision " << PrintableEscaped(flow->policy.revision) << "\n";
  *refused_by = RefusedBy(*flow);
  return std::move(asked->question);
}

void RunExplain(const ExplainFlags& flags, CommandContext& context) {
  if (flags.decision.empty() != flags.flows.empty()) {
    context.exit_code =
        Fail(context, absl::InvalidArgumentError("--decision ID and --flows FILE go together"));
    return;
  }
  if (!flags.decision.empty() && flags.question.AnyButHeaders()) {
    context.exit_code =
        Fail(context, absl::InvalidArgumentError("the record of --decision is the question: of "
                                                 "what it does not hold, only --header can be "
                                                 "added"));
    return;
  }
  if (flags.decision.empty() && !flags.question.AnyButHeaders()) {
    context.exit_code = Fail(
        context, absl::InvalidArgumentError("nothing is asked: give --from, --to and --port, or "
                                            "--request, or --decision with --flows"));
    return;
  }
  const std::optional<AskedBook> asked = OpenBook(flags.paths, flags.workloads, context);
  if (!asked.has_value()) return;
  std::string refused_by;
  const std::optional<policy::PolicyQuestion> question =
      flags.decision.empty() ? TakeQuestion(flags.question, asked->inventory, context)
                             : OfDecision(flags, asked->inventory, &refused_by, context);
  if (!question.has_value()) return;
  const auto style = flags.exact ? policy::PatchStyle::kExact : policy::PatchStyle::kSmallest;
  const policy::Explanation why = policy::Explain(asked->book, *question, style);
  switch (flags.form) {
    case ExplainForm::kTable:
      PrintExplanation(*question, why, context);
      break;
    case ExplainForm::kJson:
      PrintExplanationJson(*question, why, context);
      break;
    case ExplainForm::kDiff:
      if (why.patch.has_value()) context.out << why.patch->diff;
      break;
  }
  if (why.decision.allowed && !refused_by.empty()) {
    context.err << "policy allows it; it was refused by " << refused_by << "\n";
  }
  context.exit_code = why.decision.allowed ? kExitYes : kExitNo;
}

}  // namespace

void AddPolicyExplain(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "explain",
      "Why is it allowed or denied: the rule, the nearest rules and what of them failed, and the "
      "smallest patch");
  auto flags = std::make_shared<ExplainFlags>();
  command.add_option("PATH", flags->paths, "Policy files, or folders of *.yaml and *.yml")
      ->required();
  command.add_option("--request", flags->question.file, "The question as a file")
      ->option_text("FILE");
  command.add_option("--decision", flags->decision, "Decision of a flow record")->option_text("ID");
  command.add_option("--flows", flags->flows, "Flow log that has it; repeat for several")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("FILE");
  AddEndFlags(command, flags->question);
  AddRequestFlags(command, flags->question);
  AddWorkloadsFlag(command, flags->workloads);
  command.add_flag("--exact", flags->exact,
                   "Patch by a rule of its own, which allows this question and no other");
  AddChoice<ExplainForm>(
      command, "-o,--output", flags->form,
      {{"table", ExplainForm::kTable}, {"json", ExplainForm::kJson}, {"diff", ExplainForm::kDiff}},
      "How to print; diff is the patch alone");
  command.callback([flags, &context] { RunExplain(*flags, context); });
}

}  // namespace firebreak::cli
