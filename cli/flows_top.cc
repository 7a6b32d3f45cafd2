#include "cli/flows_top.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "cli/choice.h"
#include "cli/count_option.h"
#include "cli/edge_options.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "flows/flow_facts.h"

namespace firebreak::cli {
namespace {

using flows::EdgeCounts;
using flows::EdgeKey;
using flows::EdgeRow;

enum class By { kPair, kSource, kDestination, kRoute };
enum class Sort { kFlows, kBytes, kDenied, kErrors, kLatency };

struct TopOptions {
  EdgeOptions edges;
  By by = By::kPair;
  Sort sort = Sort::kFlows;
  size_t count = 20;
  OutputFormat format = OutputFormat::kTable;
};

uint64_t SizeOf(const EdgeCounts& counts, Sort sort) {
  switch (sort) {
    case Sort::kFlows:
      return counts.flows();
    case Sort::kBytes:
      return counts.bytes();
    case Sort::kDenied:
      return counts.denied;
    case Sort::kErrors:
      return counts.errors;
    case Sort::kLatency:
      return counts.durations.Quantile(0.99);
  }
  return 0;
}

// Grouped leaves out of the keys what is not asked for, and adds up what is then the same.
std::vector<EdgeRow> Grouped(const flows::EdgeTally& tally, By by) {
  std::vector<EdgeRow> rows = tally.Rows();
  std::map<EdgeKey, EdgeCounts> groups;
  for (EdgeRow& row : rows) {
    if (by == By::kSource) row.key.destination.clear();
    if (by == By::kDestination || by == By::kRoute) row.key.source.clear();
    groups[row.key].Merge(row.counts);
  }
  rows.clear();
  for (const auto& [key, counts] : groups) rows.push_back({.key = key, .counts = counts});
  return rows;
}

// PrintTable shortens the names of parties of the trust domain home.
void PrintTable(const std::vector<EdgeRow>& rows, By by, absl::string_view home,
                CommandContext& context) {
  const bool sources = by == By::kPair || by == By::kSource;
  const bool destinations = by != By::kSource;
  std::vector<std::string> header;
  if (sources) header.emplace_back("SOURCE");
  if (destinations) header.emplace_back("DESTINATION");
  if (by == By::kRoute) header.emplace_back("ROUTE");
  for (const char* name :
       {"CONNECTIONS", "REQUESTS", "DENIED", "ERRORS", "SENT", "RECEIVED", "P50", "P99", "MAX"}) {
    header.emplace_back(name);
  }
  Table table(std::move(header), Painter(context.UseColor()), context.out);
  for (const auto& [key, counts] : rows) {
    std::vector<Cell> row;
    if (sources) row.emplace_back(flows::ShortName(key.source, home));
    if (destinations) row.emplace_back(flows::ShortName(key.destination, home));
    if (by == By::kRoute) row.emplace_back(key.route);
    row.emplace_back(absl::StrCat(counts.connections));
    row.emplace_back(absl::StrCat(counts.requests));
    row.emplace_back(absl::StrCat(counts.denied), counts.denied > 0 ? Color::kRed : Color::kNone);
    row.emplace_back(absl::StrCat(counts.errors),
                     counts.errors > 0 ? Color::kYellow : Color::kNone);
    row.emplace_back(HumanBytes(counts.bytes_sent));
    row.emplace_back(HumanBytes(counts.bytes_received));
    for (const double q : {0.5, 0.99}) {
      row.emplace_back(HumanMicros(counts.durations.Quantile(q)));
    }
    row.emplace_back(HumanMicros(counts.durations.max()));
    table.AddRow(std::move(row));
  }
}

void RunTop(const TopOptions& options, CommandContext& context) {
  flows::EdgeTally tally(options.by == By::kRoute);
  if (!CountEdges(options.edges, tally, context)) return;
  std::vector<EdgeRow> rows = Grouped(tally, options.by);
  std::stable_sort(rows.begin(), rows.end(), [&](const EdgeRow& a, const EdgeRow& b) {
    return SizeOf(a.counts, options.sort) > SizeOf(b.counts, options.sort);
  });
  if (rows.size() > options.count) {
    context.err << "firebreak: the first " << options.count << " of " << rows.size() << "\n";
    rows.resize(options.count);
  }
  if (options.format == OutputFormat::kTable) {
    PrintTable(rows, options.by, tally.home(), context);
    return;
  }
  for (const EdgeRow& row : rows) context.out << TerminalSafeJson(EdgeJson(row)) << "\n";
}

}  // namespace

void AddFlowsTop(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "top", "The largest by flows, bytes, refusals, errors or latency");
  auto options = std::make_shared<TopOptions>();
  AddChoice<By>(command, "--by", options->by,
                {{"pair", By::kPair},
                 {"source", By::kSource},
                 {"destination", By::kDestination},
                 {"route", By::kRoute}},
                "What to count apart (pair)");
  AddChoice<Sort>(command, "--sort", options->sort,
                  {{"flows", Sort::kFlows},
                   {"bytes", Sort::kBytes},
                   {"denied", Sort::kDenied},
                   {"errors", Sort::kErrors},
                   {"latency", Sort::kLatency}},
                  "What is large: connections and requests, bytes, refusals, errors, or the 99th "
                  "percentile of durations (flows)");
  AddCount(command, "-n,--count", options->count, "How many (20)");
  AddChoice<OutputFormat>(command, "-o,--output", options->format,
                          {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
                          "A table, or JSON lines");
  AddEdgeOptions(command, options->edges, context.clock);
  command.callback([options, &context] { RunTop(*options, context); });
}

}  // namespace firebreak::cli
