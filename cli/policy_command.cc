#include "cli/policy_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/policy_diff_command.h"
#include "cli/policy_explain_command.h"
#include "cli/policy_fmt_command.h"
#include "cli/policy_import_command.h"
#include "cli/policy_reach_command.h"
#include "cli/policy_suggest_command.h"
#include "cli/policy_test_command.h"
#include "cli/policy_tighten_command.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "policy/configured_workload.h"
#include "policy/loader.h"
#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/lint.h"

namespace firebreak::cli {
namespace {

std::string Counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

struct CheckFlags {
  std::vector<std::string> paths;
  std::string workloads;
  std::string config;
  bool strict = false;
};

// CheckFor says what the sidecar of a configuration would, whose listeners and node are known.
config::Diagnostics CheckFor(const std::string& config_path, const policy::PolicyBook& book) {
  config::Diagnostics diagnostics;
  const auto config = config::LoadProxyConfig(config_path, &diagnostics);
  if (!config.has_value()) return diagnostics;
  policy::LoadPolicyFiles(book.files(), policy::ConfiguredWorkload(*config), &diagnostics);
  return diagnostics;
}

// RunCheck loads the policies as a sidecar would, but for every workload at once, and says what is
// most likely not meant.
void RunCheck(const CheckFlags& flags, CommandContext& context) {
  config::Diagnostics diagnostics;
  const std::optional<policy::PolicyBook> book =
      policy::PolicyBook::Read(flags.paths, &diagnostics);
  if (book.has_value() && !flags.config.empty()) diagnostics = CheckFor(flags.config, *book);
  std::optional<policy::Inventory> inventory;
  if (book.has_value() && !flags.workloads.empty()) {
    inventory = policy::Inventory::Read(flags.workloads, &diagnostics);
  }
  config::Diagnostics lints;
  if (book.has_value() && diagnostics.ok()) {
    policy::Lint(*book, inventory.has_value() ? &*inventory : nullptr, context.clock.WallNow(),
                 &lints);
  }
  context.err << diagnostics.Format(context.UseColor()) << lints.Format(context.UseColor());
  if (!diagnostics.ok()) {
    context.exit_code = kExitUsage;
    return;
  }
  const policy::PolicyCounts& counts = book->counts();
  const size_t warnings =
      static_cast<size_t>(diagnostics.warning_count()) + static_cast<size_t>(lints.warning_count());
  context.out << Counted(counts.policies, "policy", "policies") << ", "
              << Counted(counts.rules, "rule", "rules");
  if (warnings > 0) context.out << ", " << Counted(warnings, "warning", "warnings");
  context.out << "\n";
  context.exit_code = flags.strict && warnings > 0 ? kExitNo : kExitYes;
}

void AddCheck(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "check", "Does it load? Reads policies as a sidecar does, and says what is wrong or suspect");
  auto flags = std::make_shared<CheckFlags>();
  command.add_option("PATH", flags->paths, "Policy files, or folders of *.yaml and *.yml")
      ->required();
  command
      .add_option("--workloads", flags->workloads,
                  "Inventory: policies that are about none of its workloads are told of")
      ->option_text("FILE");
  command
      .add_option("--config", flags->config,
                  "A sidecar's configuration: what is wrong or suspect at its workload alone, such "
                  "as ports that no listener leads to")
      ->option_text("FILE");
  command.add_flag("--strict", flags->strict, "Exit with 1 when there are warnings");
  command.callback([flags, &context] { RunCheck(*flags, context); });
}

}  // namespace

void AddPolicyCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("policy", "Who may talk to whom: check, test, explain, suggest");
  command.require_subcommand(1);
  AddCheck(command, context);
  AddPolicyFmt(command, context);
  AddPolicyImport(command, context);
  AddPolicySuggest(command, context);
  AddPolicyTighten(command, context);
  AddPolicyDiff(command, context);
  AddPolicyProve(command, context);
  AddPolicyExplain(command, context);
  AddPolicyTest(command, context);
  AddPolicyCan(command, context);
  AddPolicyWhoCan(command, context);
  AddPolicyReach(command, context);
}

}  // namespace firebreak::cli
