#include "cli/inspect_baseline_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "inspect/baseline/baseline.h"
#include "inspect/baseline/model_text.h"

namespace firebreak::cli {
namespace {

using inspect::Baseline;
using inspect::DestinationModel;
using inspect::ParameterModel;
using inspect::RouteModel;

enum class BaselineForm { kTable, kJson };

struct BaselineFlags {
  std::string file;
  std::string target;
  bool parameters = false;
  BaselineForm form = BaselineForm::kTable;
};

// Load reads a baseline; false, and the exit code set, after saying what is wrong with it.
bool Load(const std::string& file, Baseline& baseline, CommandContext& context) {
  config::Diagnostics diagnostics;
  const bool good = inspect::LoadBaseline(file, baseline, &diagnostics);
  context.err << diagnostics.Format(/*color=*/false);
  if (!good) context.exit_code = kExitUsage;
  return good;
}

void Save(const std::string& file, const Baseline& baseline, CommandContext& context) {
  const absl::Status saved = inspect::SaveBaseline(file, baseline);
  if (!saved.ok()) context.exit_code = Fail(context, saved);
}

// What most of the values are, and of what characters: "integer; digits".
std::string ShapeOf(const ParameterModel& model) {
  const auto most = [&model](uint32_t count) { return 2 * uint64_t{count} > model.samples(); };
  std::vector<std::string> types;
  for (size_t i = 0; i < model.types().size(); ++i) {
    if (!most(model.types()[i])) continue;
    types.emplace_back(inspect::ValueTypeName(static_cast<inspect::ValueType>(i)));
  }
  std::vector<std::string> classes;
  for (size_t i = 0; i < model.classes().size(); ++i) {
    if (model.classes()[i] > 0) classes.push_back(inspect::CharClassName(i));
  }
  return absl::StrCat(absl::StrJoin(types, ", "), types.empty() ? "" : "; ",
                      absl::StrJoin(classes, " "));
}

// The values of an enumeration; nothing where there is none.
std::string ValuesOf(const ParameterModel& model) {
  if (model.values().Strays() > 0) return "";
  std::vector<std::string> values;
  for (const auto& entry : model.values().entries()) values.push_back(entry.value);
  std::sort(values.begin(), values.end());
  return absl::StrJoin(values, " ");
}

std::string LengthsOf(const ParameterModel& model) {
  return absl::StrCat(model.length().least, "-", model.length().greatest);
}

// Calls visit(destination, key, route) in an order that is the same every time.
template <typename Visit>
void ForEachRoute(const Baseline& baseline, Visit visit) {
  std::vector<std::string> names;
  for (const auto& [name, model] : baseline.destinations()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const DestinationModel& model = baseline.destinations().at(name);
    std::vector<const DestinationModel::Routes::value_type*> routes;
    for (const auto& route : model.routes()) routes.push_back(&route);
    std::sort(routes.begin(), routes.end(), [](const auto* a, const auto* b) {
      return std::tie(a->first.route, a->first.method, a->first.source) <
             std::tie(b->first.route, b->first.method, b->first.source);
    });
    for (const auto* route : routes) visit(name, route->first, route->second);
  }
}

std::vector<std::string> NamesOf(const RouteModel& route) {
  std::vector<std::string> names;
  for (const auto& [name, model] : route.parameters()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

void PrintRoutes(const Baseline& baseline, CommandContext& context) {
  Table table({"DESTINATION", "SOURCE", "METHOD", "ROUTE", "SAMPLES", "PARAMETERS"},
              Painter(context.UseColor()), context.out);
  ForEachRoute(
      baseline, [&table](const std::string& destination, const auto& key, const RouteModel& route) {
        table.AddRow({destination, key.source, key.method, key.route, absl::StrCat(route.samples()),
                      absl::StrCat(route.parameters().size())});
      });
}

void PrintParameters(const Baseline& baseline, CommandContext& context) {
  Table table(
      {"SOURCE", "METHOD", "ROUTE", "PARAMETER", "SAMPLES", "LENGTH", "LOOKS LIKE", "VALUES"},
      Painter(context.UseColor()), context.out);
  ForEachRoute(baseline, [&table](const std::string& /*destination*/, const auto& key,
                                  const RouteModel& route) {
    for (const std::string& name : NamesOf(route)) {
      const ParameterModel& model = route.parameters().at(name);
      table.AddRow({key.source, key.method, key.route, name, absl::StrCat(model.samples()),
                    LengthsOf(model), ShapeOf(model), ValuesOf(model)});
    }
  });
}

std::vector<const inspect::ProtocolModel::Edges::value_type*> SortedEdges(
    const Baseline& baseline) {
  std::vector<const inspect::ProtocolModel::Edges::value_type*> edges;
  for (const auto& edge : baseline.protocols().edges()) edges.push_back(&edge);
  std::sort(edges.begin(), edges.end(), [](const auto* a, const auto* b) {
    return std::tie(a->first.destination, a->first.port, a->first.source) <
           std::tie(b->first.destination, b->first.port, b->first.source);
  });
  return edges;
}

void PrintEdges(const Baseline& baseline, CommandContext& context) {
  Table table({"DESTINATION", "PORT", "SOURCE", "CONNECTIONS", "PROTOCOLS"},
              Painter(context.UseColor()), context.out);
  for (const auto* edge : SortedEdges(baseline)) {
    const auto& [key, counts] = *edge;
    table.AddRow({key.destination, absl::StrCat(key.port), key.source,
                  absl::StrCat(inspect::ProtocolModel::SamplesOf(counts)),
                  absl::StrJoin(counts, ", ", [](std::string* out, const auto& spoken) {
                    absl::StrAppend(out, inspect::ProtocolName(spoken.first), " ", spoken.second);
                  })});
  }
}

std::string EdgesJson(const Baseline& baseline) {
  std::vector<std::string> edges;
  for (const auto* edge : SortedEdges(baseline)) {
    const auto& [key, counts] = *edge;
    JsonObject protocols;
    for (const auto& [protocol, count] : counts) {
      protocols.Add(inspect::ProtocolName(protocol), absl::StrCat(count));
    }
    edges.push_back(JsonObject()
                        .AddText("destination", key.destination)
                        .Add("port", absl::StrCat(key.port))
                        .AddText("source", key.source)
                        .Add("protocols", protocols.str())
                        .str());
  }
  return JsonList(edges);
}

std::string BaselineJson(const Baseline& baseline) {
  std::vector<std::string> routes;
  ForEachRoute(baseline, [&routes](const std::string& destination, const auto& key,
                                   const RouteModel& route) {
    std::vector<std::string> parameters;
    for (const std::string& name : NamesOf(route)) {
      const ParameterModel& model = route.parameters().at(name);
      parameters.push_back(JsonObject()
                               .AddText("name", name)
                               .Add("samples", absl::StrCat(model.samples()))
                               .Add("least_length", absl::StrCat(model.length().least))
                               .Add("greatest_length", absl::StrCat(model.length().greatest))
                               .AddText("looks_like", ShapeOf(model))
                               .str());
    }
    routes.push_back(JsonObject()
                         .AddText("destination", destination)
                         .AddText("source", key.source)
                         .AddText("method", key.method)
                         .AddText("route", key.route)
                         .Add("samples", absl::StrCat(route.samples()))
                         .Add("parameters", JsonList(parameters))
                         .str());
  });
  return JsonObject()
      .AddText("state", inspect::BaselineStateName(baseline.state()))
      .AddText("learning_since",
               absl::FormatTime(absl::RFC3339_sec, baseline.learning_since(), absl::UTCTimeZone()))
      .Add("samples", absl::StrCat(baseline.samples()))
      .Add("routes", JsonList(routes))
      .Add("connections", absl::StrCat(baseline.protocols().samples()))
      .Add("edges", EdgesJson(baseline))
      .str();
}

void RunShow(const BaselineFlags& flags, CommandContext& context) {
  Baseline baseline({}, context.clock);
  if (!Load(flags.file, baseline, context)) return;
  if (flags.form == BaselineForm::kJson) {
    context.out << BaselineJson(baseline) << "\n";
    return;
  }
  context.out << inspect::BaselineStateName(baseline.state()) << ", " << baseline.samples()
              << " requests and " << baseline.protocols().samples() << " connections since "
              << absl::FormatTime(absl::RFC3339_sec, baseline.learning_since(), absl::UTCTimeZone())
              << "\n";
  if (flags.parameters) return PrintParameters(baseline, context);
  if (!baseline.destinations().empty()) PrintRoutes(baseline, context);
  if (!baseline.protocols().edges().empty()) PrintEdges(baseline, context);
}

void RunExport(const BaselineFlags& flags, CommandContext& context) {
  Baseline baseline({}, context.clock);
  if (Load(flags.file, baseline, context)) context.out << inspect::BaselineText(baseline);
}

void RunImport(const BaselineFlags& flags, CommandContext& context) {
  Baseline baseline({}, context.clock);
  if (Load(flags.file, baseline, context)) Save(flags.target, baseline, context);
}

void RunFreeze(const BaselineFlags& flags, CommandContext& context) {
  Baseline baseline({}, context.clock);
  if (!Load(flags.file, baseline, context)) return;
  const absl::Status frozen = baseline.SetState(inspect::BaselineState::kFreeze);
  if (!frozen.ok()) {
    context.exit_code = Fail(context, frozen);
    return;
  }
  Save(flags.file, baseline, context);
}

}  // namespace

void AddInspectBaseline(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command = *inspect_command.add_subcommand(
      "baseline", "What sidecars have learned of ordinary requests and of protocols");
  command.require_subcommand(1);
  auto flags = std::make_shared<BaselineFlags>();

  CLI::App& show =
      *command.add_subcommand("show", "Which routes and protocols are known, and how well");
  show.add_option("FILE", flags->file, "A sidecar's state file, or an export")->required();
  show.add_flag("--parameters", flags->parameters, "What is known of each parameter");
  AddChoice<BaselineForm>(show, "-o,--output", flags->form,
                          {{"table", BaselineForm::kTable}, {"json", BaselineForm::kJson}},
                          "How to print");
  show.callback([flags, &context] { RunShow(*flags, context); });

  CLI::App& write = *command.add_subcommand(
      "export", "Prints a baseline as YAML, sorted: for a review, and to compare two");
  write.add_option("FILE", flags->file, "A sidecar's state file")->required();
  write.callback([flags, &context] { RunExport(*flags, context); });

  CLI::App& take = *command.add_subcommand(
      "import", "Checks a baseline and puts it in the place of a state file, whole or not at all");
  take.add_option("FILE", flags->file, "An export, as it is or edited")->required();
  take.add_option("STATE", flags->target, "The state file of a sidecar that does not run")
      ->required();
  take.callback([flags, &context] { RunImport(*flags, context); });

  CLI::App& freeze =
      *command.add_subcommand("freeze", "Marks a baseline as frozen: no sidecar learns into it");
  freeze.add_option("FILE", flags->file, "The state file of a sidecar that does not run")
      ->required();
  freeze.callback([flags, &context] { RunFreeze(*flags, context); });
}  // namespace firebreak::cli

}  // namespace firebreak::cli
