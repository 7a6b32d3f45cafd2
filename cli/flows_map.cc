#include "cli/flows_map.h"

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "cli/choice.h"
#include "cli/edge_options.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "flows/flow_facts.h"

namespace firebreak::cli {
namespace {

using flows::EdgeCounts;
using flows::EdgeRow;

enum class MapForm { kTable, kDot, kMermaid, kJson };

struct MapOptions {
  EdgeOptions edges;
  MapForm form = MapForm::kTable;
};

// Map numbers the parties of its edges.
struct Map {
  explicit Map(const flows::EdgeTally& tally) : rows(tally.Rows()), home(tally.home()) {
    for (const EdgeRow& row : rows) {
      numbers.emplace(row.key.source, 0);
      numbers.emplace(row.key.destination, 0);
    }
    size_t next = 0;
    for (auto& [name, number] : numbers) number = next++;
  }
  // Shown is a party as people see it.
  std::string Shown(absl::string_view party) const { return flows::ShortName(party, home); }

  std::vector<EdgeRow> rows;
  std::string home;
  std::map<std::string, size_t> numbers;
};

// Refusals tells how much of an edge was refused.
enum class Refusals { kNone, kSome, kAll };
Refusals RefusalsOf(const EdgeCounts& counts) {
  if (counts.denied == 0) return Refusals::kNone;
  return counts.denied >= counts.asked() ? Refusals::kAll : Refusals::kSome;
}

// Label is "1200 requests, 3 denied, 4.5MB". Of an edge with both, connections that carried no
// requests are flows beside them.
std::string Label(const EdgeCounts& counts) {
  const uint64_t count = counts.asked();
  const absl::string_view what = counts.requests == 0       ? " connection"
                                 : count == counts.requests ? " request"
                                                            : " flow";
  std::string label = absl::StrCat(count, what, count == 1 ? "" : "s");
  if (counts.denied > 0) absl::StrAppend(&label, ", ", counts.denied, " denied");
  if (counts.errors > 0) absl::StrAppend(&label, ", ", counts.errors, " failed");
  return absl::StrCat(label, ", ", HumanBytes(counts.bytes()));
}

// Names come from logs: nothing in one may end its quotes.
std::string DotText(absl::string_view name) {
  const std::string safe = PrintableEscaped(name);
  return absl::StrCat("\"", absl::StrReplaceAll(safe, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string MermaidText(absl::string_view name) {
  const std::string safe = PrintableEscaped(name);
  return absl::StrCat("\"",
                      absl::StrReplaceAll(safe, {{"#", "#35;"},
                                                 {"\"", "#34;"},
                                                 {"&", "#38;"},
                                                 {"<", "#60;"},
                                                 {">", "#62;"},
                                                 {"`", "#96;"},
                                                 {"\\", "#92;"}}),
                      "\"");
}

absl::string_view ColorOf(Refusals refusals) {
  return refusals == Refusals::kAll ? "#c62828" : "#ef6c00";
}

void PrintDot(const Map& map, std::ostream& out) {
  out << "digraph flows {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n";
  for (const auto& [name, number] : map.numbers) {
    out << "  n" << number << " [label=" << DotText(map.Shown(name)) << "];\n";
  }
  for (const EdgeRow& row : map.rows) {
    out << "  n" << map.numbers.at(row.key.source) << " -> n" << map.numbers.at(row.key.destination)
        << " [label=" << DotText(Label(row.counts));
    const Refusals refusals = RefusalsOf(row.counts);
    if (refusals != Refusals::kNone) out << ", color=\"" << ColorOf(refusals) << "\"";
    if (refusals == Refusals::kAll) out << ", style=dashed";
    out << "];\n";
  }
  out << "}\n";
}

void PrintMermaid(const Map& map, std::ostream& out) {
  out << "flowchart LR\n";
  for (const auto& [name, number] : map.numbers) {
    out << "  n" << number << "[" << MermaidText(map.Shown(name)) << "]\n";
  }
  std::string styles;
  for (size_t i = 0; i < map.rows.size(); ++i) {
    const EdgeRow& row = map.rows[i];
    const Refusals refusals = RefusalsOf(row.counts);
    out << "  n" << map.numbers.at(row.key.source)
        << (refusals == Refusals::kAll ? " -.->|" : " -->|") << MermaidText(Label(row.counts))
        << "| n" << map.numbers.at(row.key.destination) << "\n";
    if (refusals != Refusals::kNone) {
      absl::StrAppend(&styles, "  linkStyle ", i, " stroke:", ColorOf(refusals), "\n");
    }
  }
  out << styles;
}

void PrintJson(const Map& map, const flows::EdgeTally& tally, std::ostream& out) {
  std::vector<std::string> nodes;
  for (const auto& [name, number] : map.numbers) nodes.push_back(name);
  std::vector<std::string> edges;
  for (const EdgeRow& row : map.rows) edges.push_back(EdgeJson(row));
  JsonObject object;
  object.Add("nodes", JsonTexts(nodes)).Add("edges", JsonList(edges));
  if (tally.lost() > 0) object.Add("lost_records", absl::StrCat(tally.lost()));
  out << TerminalSafeJson(object.str()) << "\n";
}

void PrintTable(const Map& map, CommandContext& context) {
  Table table({"SOURCE", "DESTINATION", "CONNECTIONS", "REQUESTS", "DENIED", "ERRORS", "BYTES",
               "LAST SEEN"},
              Painter(context.UseColor()), context.out);
  for (const auto& [key, counts] : map.rows) {
    table.AddRow(
        {map.Shown(key.source), map.Shown(key.destination), absl::StrCat(counts.connections),
         absl::StrCat(counts.requests),
         Cell(absl::StrCat(counts.denied), counts.denied > 0 ? Color::kRed : Color::kNone),
         Cell(absl::StrCat(counts.errors), counts.errors > 0 ? Color::kYellow : Color::kNone),
         HumanBytes(counts.bytes()), UtcText(counts.last)});
  }
}

void RunMap(const MapOptions& options, CommandContext& context) {
  flows::EdgeTally tally(/*by_route=*/false);
  if (!CountEdges(options.edges, tally, context)) return;
  const Map map(tally);
  switch (options.form) {
    case MapForm::kTable:
      PrintTable(map, context);
      return;
    case MapForm::kDot:
      PrintDot(map, context.out);
      return;
    case MapForm::kMermaid:
      PrintMermaid(map, context.out);
      return;
    case MapForm::kJson:
      PrintJson(map, tally, context.out);
      return;
  }
}

}  // namespace

void AddFlowsMap(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command =
      *flows_command.add_subcommand("map", "The graph of who talks to whom, with what was refused");
  auto options = std::make_shared<MapOptions>();
  AddChoice<MapForm>(command, "-o,--output", options->form,
                     {{"table", MapForm::kTable},
                      {"dot", MapForm::kDot},
                      {"mermaid", MapForm::kMermaid},
                      {"json", MapForm::kJson}},
                     "A table, a graph for Graphviz or Mermaid, or one JSON object");
  AddEdgeOptions(command, options->edges, context.clock);
  command.callback([options, &context] { RunMap(*options, context); });
}

}  // namespace firebreak::cli
