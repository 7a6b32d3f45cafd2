#include "cli/edge_options.h"

#include <ostream>

#include "absl/strings/str_cat.h"

#include "base/time_text.h"
#include "cli/flow_filter_options.h"
#include "cli/json_object.h"

namespace firebreak::cli {
namespace {

std::string JsonTime(absl::Time time) { return absl::StrCat("\"", UtcText(time, 6), "\""); }

std::string DurationsJson(const flows::Durations& durations) {
  return JsonObject()
      .Add("p50", absl::StrCat(durations.Quantile(0.5)))
      .Add("p99", absl::StrCat(durations.Quantile(0.99)))
      .Add("max", absl::StrCat(durations.max()))
      .str();
}

}  // namespace

void AddEdgeOptions(CLI::App& command, EdgeOptions& options, const Clock& clock) {
  AddFlowSource(command, options.source);
  AddFlowFilters(command, options.question, clock);
}

bool CountEdges(const EdgeOptions& options, flows::EdgeTally& tally, CommandContext& context) {
  const auto see = [&tally](const flows::Flow& flow) { tally.See(flow); };
  if (!ForEachFlow(options.source, options.question, see, context)) return false;
  if (tally.lost() > 0) {
    context.err << "firebreak: the logs say that " << tally.lost() << " records are missing\n";
  }
  if (tally.folded() > 0) {
    context.err << "firebreak: the smallest " << tally.folded()
                << " edges are counted together, as (others)\n";
  }
  return true;
}

std::string EdgeJson(const flows::EdgeRow& row) {
  const flows::EdgeCounts& counts = row.counts;
  JsonObject object;
  if (!row.key.source.empty()) object.AddText("source", row.key.source);
  if (!row.key.destination.empty()) object.AddText("destination", row.key.destination);
  if (!row.key.route.empty()) object.AddText("route", row.key.route);
  object.Add("connections", absl::StrCat(counts.connections))
      .Add("requests", absl::StrCat(counts.requests))
      .Add("denied", absl::StrCat(counts.denied))
      .Add("errors", absl::StrCat(counts.errors))
      .Add("bytes_sent", absl::StrCat(counts.bytes_sent))
      .Add("bytes_received", absl::StrCat(counts.bytes_received))
      .Add("duration_us", DurationsJson(counts.durations));
  if (counts.flows() > 0)
    object.Add("first", JsonTime(counts.first)).Add("last", JsonTime(counts.last));
  return object.str();
}

}  // namespace firebreak::cli
