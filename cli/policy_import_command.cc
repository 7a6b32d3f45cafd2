#include "cli/policy_import_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "config/diagnostics.h"
#include "policy/loader.h"
#include "policy/workbench/import.h"
#include "policy/workbench/inventory.h"

namespace firebreak::cli {
namespace {

struct ImportFlags {
  std::vector<std::string> paths;
  std::string workloads;
  policy::ImportOptions options;
};

void RunImport(ImportFlags& flags, CommandContext& context) {
  config::Diagnostics diagnostics;
  std::optional<policy::Inventory> inventory;
  if (!flags.workloads.empty()) {
    inventory = policy::Inventory::Read(flags.workloads, &diagnostics);
    if (inventory.has_value()) flags.options.inventory = &*inventory;
  }
  const auto files = policy::ReadPolicyFiles(flags.paths, &diagnostics);
  std::optional<std::string> text;
  if (files.has_value() && diagnostics.ok()) {
    text = policy::ImportPolicies(*files, flags.options, &diagnostics);
  }
  context.err << diagnostics.Format(context.UseColor());
  if (!text.has_value()) {
    context.exit_code = kExitUsage;
    return;
  }
  context.err << "what no policy allows is denied here, also for workloads that no policy is "
                 "about\n";
  context.out << *text;
}

}  // namespace

void AddPolicyImport(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "import",
      "Policies of Istio, Linkerd, Kubernetes (NetworkPolicy) and the Gateway API (GEP-3779) in "
      "our language. What cannot be expressed is an error that names it, and nothing is printed");
  auto flags = std::make_shared<ImportFlags>();
  command.add_option("PATH", flags->paths, "Files, or folders of *.yaml and *.yml")->required();
  command
      .add_option("--trust-domain", flags->options.trust_domain,
                  "Trust domain of service accounts and of Linkerd's identities")
      ->option_text("NAME");
  command
      .add_option("--workloads", flags->workloads,
                  "Inventory of workloads, for pods that are named by their labels")
      ->option_text("FILE");
  command
      .add_option("--namespace", flags->options.default_namespace,
                  "Namespace of documents that name none (default)")
      ->option_text("NAME");
  command.callback([flags, &context] { RunImport(*flags, context); });
}

}  // namespace firebreak::cli
