#include "cli/flows_command.h"

#include <memory>
#include <optional>

#include "cli/choice.h"
#include "cli/count_option.h"
#include "cli/flow_filter_options.h"
#include "cli/flows_export.h"
#include "cli/flows_import.h"
#include "cli/flows_map.h"
#include "cli/flows_observe.h"
#include "cli/flows_query.h"
#include "cli/flows_reconcile.h"
#include "cli/flows_schema.h"
#include "cli/flows_top.h"
#include "cli/flows_verify.h"
#include "cli/interrupt.h"

namespace firebreak::cli {
namespace {

struct ObserveOptions {
  ObserveRequest request;
  std::optional<size_t> first;
  std::optional<size_t> last;
  bool all = false;
};

constexpr size_t kDefaultLast = 20;

void RunObserve(ObserveOptions& options, CommandContext& context) {
  ObserveRequest& request = options.request;
  // Whoever converts a log wants all of it.
  const bool converts = request.form == FlowForm::kOcsf || request.form == FlowForm::kZeek ||
                        request.form == FlowForm::kHubble;
  const bool all = options.all || converts || request.question.filter.since != absl::InfinitePast();
  request.first = options.first;
  request.last = options.last;
  if (!all && !options.first.has_value() && !options.last.has_value()) request.last = kDefaultLast;
  const std::atomic<bool> never{false};
  const std::atomic<bool>& stop = request.follow ? WatchInterrupt() : never;
  context.exit_code = Observe(request, stop, context);
}

void AddObserve(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "observe",
      "Print flow records: who, whom, what, verdict, rule. Repeated options are "
      "alternatives; different options must all match");
  auto options = std::make_shared<ObserveOptions>();
  AddFlowSource(command, options->request.source);
  auto* first = AddCount(command, "--first", options->first, "The first N matching records");
  auto* last = AddCount(command, "--last", options->last,
                        "The last N matching records (20; all with --since, and with an output of "
                        "others')")
                   ->excludes(first);
  auto* all = command.add_flag("--all", options->all, "All matching records");
  all->excludes(first)->excludes(last);
  command
      .add_flag("-f,--follow", options->request.follow,
                "Wait for more, through rotation or into the store, until interrupted")
      ->excludes(first);
  AddChoice<FlowForm>(command, "-o,--output", options->request.form,
                      {{"compact", FlowForm::kCompact},
                       {"table", FlowForm::kTable},
                       {"wide", FlowForm::kWide},
                       {"json", FlowForm::kJson},
                       {"ocsf", FlowForm::kOcsf},
                       {"zeek", FlowForm::kZeek},
                       {"hubble", FlowForm::kHubble}},
                      "How to print");
  AddFlowFilters(command, options->request.question, context.clock);
  command.callback([options, &context] { RunObserve(*options, context); });
}

}  // namespace

void AddFlowsCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("flows", "Who talks to whom: questions to flow logs");
  command.require_subcommand(1);
  AddObserve(command, context);
  AddFlowsTop(command, context);
  AddFlowsMap(command, context);
  AddFlowsVerify(command, context);
  AddFlowsReconcile(command, context);
  AddFlowsImport(command, context);
  AddFlowsQuery(command, context);
  AddFlowsExport(command, context);
  AddFlowsViews(command, context);
  AddFlowsSchema(command, context);
}

}  // namespace firebreak::cli
