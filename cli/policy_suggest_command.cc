#include "cli/policy_suggest_command.h"

#include <cstdint>
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
#include "absl/strings/string_view.h"

#include "cli/flow_input.h"
#include "policy/workbench/suggest.h"
#include "policy/workbench/traffic.h"

namespace firebreak::cli {
namespace {

constexpr size_t kShownNotes = 20;

struct SuggestFlags {
  FlowInput flows;
  std::vector<std::string> files;  // positional
  policy::SuggestOptions options;
};

void Notes(absl::string_view title, const std::vector<std::string>& notes, std::ostream& err) {
  if (notes.empty()) return;
  err << title << "\n";
  for (size_t i = 0; i < notes.size() && i < kShownNotes; ++i) err << "  " << notes[i] << "\n";
  if (notes.size() > kShownNotes) {
    err << "  ... and " << notes.size() - kShownNotes << " more\n";
  }
}

void Count(uint64_t count, absl::string_view what, std::ostream& err) {
  if (count > 0) err << "left out: " << what << ": " << count << "\n";
}

void Hints(const policy::TrafficLog& log, const policy::Suggestion& suggestion, std::ostream& err) {
  Count(log.left().not_decided, "records that no policy decided (failed handshakes, limits, ...)",
        err);
  Count(log.left().no_workload, "records that do not name the workload of their sidecar", err);
  Count(log.left().no_port, "records without a destination port", err);
  Count(log.left().too_many, "records of questions beyond the first million different ones", err);
  Count(log.left().lost, "records that were lost when the log was written", err);
  Count(suggestion.silent, "connections that ended before anything was sent", err);
  Count(suggestion.refused, "requests that the other side refused (403, PERMISSION_DENIED)", err);
  Notes("carried, and not allowed by what is suggested, since no rule can say it:",
        suggestion.not_allowed, err);
  Notes("denied when recorded, and allowed by what is suggested:", suggestion.not_denied, err);
}

void RunSuggest(const SuggestFlags& flags, CommandContext& context) {
  FlowInput input = flags.flows;
  input.files.insert(input.files.end(), flags.files.begin(), flags.files.end());
  if (input.files.empty()) {
    context.exit_code =
        Fail(context, absl::InvalidArgumentError("no flow log: name one with --flows FILE, or - "
                                                 "for standard input"));
    return;
  }
  policy::TrafficLog log;
  if (!ReadFlows(
          input, [&log](const flows::Flow& flow) { log.Add(flow); }, context))
    return;
  const absl::StatusOr<policy::Suggestion> suggestion =
      policy::SuggestPolicies(log, flags.options, context.clock.WallNow());
  if (!suggestion.ok()) {
    context.exit_code = Fail(context, suggestion.status());
    return;
  }
  Hints(log, *suggestion, context.err);
  if (suggestion->yaml.empty()) {
    context.exit_code = Fail(
        context, absl::FailedPreconditionError("no flow among these that a policy could allow"));
    return;
  }
  context.out << suggestion->yaml;
  context.err << "suggested: " << suggestion->policies
              << (suggestion->policies == 1 ? " policy, " : " policies, ") << suggestion->rules
              << (suggestion->rules == 1 ? " rule" : " rules") << "; the engine allows all "
              << suggestion->questions << " different questions that they were made from\n";
  const bool as_recorded = suggestion->not_allowed.empty() && suggestion->not_denied.empty();
  context.exit_code = as_recorded ? kExitYes : kExitNo;
}

}  // namespace

void AddPolicySuggest(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "suggest",
      "Least-privilege policies from recorded flows, each rule with its evidence. Exits 1 when "
      "they decide otherwise than was recorded, and says about what");
  auto flags = std::make_shared<SuggestFlags>();
  AddFlowInput(command, flags->flows, /*required=*/false);
  command.add_option("FILE", flags->files, "Flow logs; - is standard input")->option_text(" ");
  command
      .add_option("--min-distinct", flags->options.grouping.min_distinct,
                  "Different ids in one place of a path before it becomes {*} (3)")
      ->option_text("N")
      ->check(CLI::Range(1, 1'000'000));
  command
      .add_option("--depth", flags->options.grouping.depth,
                  "Let paths go on freely, {**}, behind N segments; never unless given")
      ->option_text("N")
      ->check(CLI::Range(1, 64));
  command
      .add_option("--label", flags->options.label,
                  "Label that selects a workload by its name (app)")
      ->option_text("KEY");
  command.add_flag("--outbound", flags->options.outbound, "Policies for what workloads call, too");
  command.add_flag("--include-denied", flags->options.include_denied,
                   "Allow what policy denied, too");
  command.callback([flags, &context] { RunSuggest(*flags, context); });
}

}  // namespace firebreak::cli
