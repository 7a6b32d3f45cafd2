#include "cli/policy_command.h"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/policy_explain_command.h"
#include "cli/policy_reach_command.h"
#include "cli/policy_suggest_command.h"
#include "cli/policy_test_command.h"
#include "config/diagnostics.h"
#include "policy/loader.h"

namespace firebreak::cli {
namespace {

std::string Counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// RunCheck loads the policies as a sidecar would, but for every workload at once.
void RunCheck(const std::vector<std::string>& paths, CommandContext& context) {
  config::Diagnostics diagnostics;
  policy::PolicyCounts counts;
  const bool loaded = policy::CheckPolicy(paths, &counts, &diagnostics);
  context.err << diagnostics.Format(context.UseColor());
  if (!loaded) {
    context.exit_code = kExitUsage;
    return;
  }
  context.out << Counted(counts.policies, "policy", "policies") << ", "
              << Counted(counts.rules, "rule", "rules") << "\n";
}

void AddCheck(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "check", "Does it load? Reads policies as a sidecar does and prints what is wrong");
  auto paths = std::make_shared<std::vector<std::string>>();
  command.add_option("PATH", *paths, "Policy files, or folders of *.yaml and *.yml")->required();
  command.callback([paths, &context] { RunCheck(*paths, context); });
}

}  // namespace

void AddPolicyCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("policy", "Who may talk to whom: check, suggest, compare policies");
  command.require_subcommand(1);
  AddCheck(command, context);
  AddPolicySuggest(command, context);
  AddPolicyExplain(command, context);
  AddPolicyTest(command, context);
  AddPolicyCan(command, context);
  AddPolicyWhoCan(command, context);
  AddPolicyReach(command, context);
}

}  // namespace firebreak::cli
