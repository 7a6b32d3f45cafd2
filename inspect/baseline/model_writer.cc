#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/time_text.h"
#include "inspect/baseline/model_access.h"
#include "inspect/baseline/model_text.h"

namespace firebreak::inspect {
namespace {

// Quoted makes text that YAML, and people, read as it stands.
std::string Quoted(absl::string_view text) {
  constexpr absl::string_view kHex = "0123456789ABCDEF";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%' && c != '"' && c != '\\') {
      quoted += c;
    } else {
      quoted += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return quoted + "\"";
}

void AppendEntries(const std::vector<FrequentValues::Entry>& entries, std::string* out) {
  absl::StrAppend(out, "[",
                  absl::StrJoin(entries, ", ",
                                [](std::string* text, const FrequentValues::Entry& entry) {
                                  absl::StrAppend(text, "{text: ", Quoted(entry.value),
                                                  ", count: ", entry.count, "}");
                                }),
                  "]");
}

void AppendValues(const FrequentValues& values, std::string* out) {
  std::vector<FrequentValues::Entry> entries = values.entries();
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.value < b.value; });
  absl::StrAppend(out, "{others: ", values.others(), ", entries: ");
  AppendEntries(entries, out);
  absl::StrAppend(out, "}\n");
}

void AppendCounts(const PathModel::Counts& counts, std::string* out) {
  std::vector<FrequentValues::Entry> entries;
  for (const auto& [text, count] : counts) entries.push_back({.value = text, .count = count});
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.value < b.value; });
  AppendEntries(entries, out);
  absl::StrAppend(out, "\n");
}

template <typename Counts, typename Name>
void AppendNamed(const Counts& counts, Name name, std::string* out) {
  std::vector<FrequentValues::Entry> entries;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) entries.push_back({.value = std::string(name(i)), .count = counts[i]});
  }
  AppendEntries(entries, out);
  absl::StrAppend(out, "\n");
}

void AppendLength(const LengthModel& length, std::string* out) {
  size_t used = length.buckets.size();
  while (used > 0 && length.buckets[used - 1] == 0) --used;
  absl::StrAppend(
      out, "{samples: ", length.samples, ", least: ", length.least, ", greatest: ", length.greatest,
      ", sum: ", length.sum, ", square_sum: ", length.square_sum, ", buckets: [",
      absl::StrJoin(length.buckets.begin(), length.buckets.begin() + used, ", "), "]}\n");
}

// `indent` goes before every line but the first, which follows what is there already.
void AppendParameter(const ParameterModel& model, absl::string_view indent, std::string* out) {
  absl::StrAppend(out, "length: ");
  AppendLength(model.length(), out);
  absl::StrAppend(out, indent, "classes: ");
  AppendNamed(model.classes(), CharClassName, out);
  absl::StrAppend(out, indent, "types: ");
  AppendNamed(
      model.types(), [](size_t i) { return ValueTypeName(static_cast<ValueType>(i)); }, out);
  absl::StrAppend(out, indent, "values: ");
  AppendValues(model.values(), out);
  absl::StrAppend(out, indent, "patterns: ");
  AppendValues(model.patterns(), out);
}

const std::string& SortKey(const std::string& key) { return key; }
std::tuple<std::string, uint16_t, std::string> SortKey(const Edge& edge) {
  return {edge.destination, edge.port, edge.source};
}
std::string SortKey(const DestinationModel::RouteKey& key) {
  return absl::StrCat(key.route, " ", key.method, " ", key.source);
}

uint32_t RoutesOf(const DestinationModel& model, const std::string& name) {
  const auto& routes = ModelText::RoutesOfName(model);
  const auto found = routes.find(name);
  return found == routes.end() ? 0 : found->second;
}

template <typename Map>
std::vector<typename Map::const_iterator> Sorted(const Map& map) {
  std::vector<typename Map::const_iterator> items;
  for (auto item = map.begin(); item != map.end(); ++item) items.push_back(item);
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return SortKey(a->first) < SortKey(b->first); });
  return items;
}

void AppendRoute(const DestinationModel::RouteKey& key, const RouteModel& model, std::string* out) {
  absl::StrAppend(out, "  - source: ", Quoted(key.source), "\n    method: ", Quoted(key.method),
                  "\n    route: ", Quoted(key.route), "\n    body: ");
  AppendLength(model.body(), out);
  absl::StrAppend(out, "    content_types: ");
  AppendValues(model.content_types(), out);
  absl::StrAppend(out, "    sets: ");
  AppendValues(ModelText::Sets(model), out);
  absl::StrAppend(out, "    parameters:", model.parameters().empty() ? " []" : "", "\n");
  for (const auto& parameter : Sorted(model.parameters())) {
    absl::StrAppend(out, "    - name: ", Quoted(parameter->first), "\n      ");
    AppendParameter(parameter->second, "      ", out);
  }
}

void AppendDestination(absl::string_view name, const DestinationModel& model, std::string* out) {
  const PathModel& paths = ModelText::Paths(model);
  absl::StrAppend(out, "- name: ", Quoted(name), "\n  samples: ", paths.samples(),
                  "\n  judged: ", ModelText::Judged(model),
                  "\n  deviant: ", ModelText::Deviant(model), "\n  methods: ");
  AppendCounts(paths.methods(), out);
  absl::StrAppend(out, "  folders: ");
  AppendCounts(ModelText::Folders(paths), out);
  absl::StrAppend(out, "  endings: ");
  AppendCounts(ModelText::Endings(paths), out);
  absl::StrAppend(out, "  path_patterns: ");
  AppendCounts(ModelText::Patterns(paths), out);
  absl::StrAppend(out, "  path_classes: ");
  AppendNamed(ModelText::PathClasses(paths), CharClassName, out);
  absl::StrAppend(out, "  path_length: ");
  AppendLength(ModelText::PathLength(paths), out);
  absl::StrAppend(out, "  all_values:\n    ");
  AppendParameter(ModelText::AllValues(model), "    ", out);
  const ParameterModels& names = ModelText::Names(model);
  absl::StrAppend(out, "  names:", names.empty() ? " []" : "", "\n");
  for (const auto& parameter : Sorted(names)) {
    absl::StrAppend(out, "  - name: ", Quoted(parameter->first),
                    "\n    routes: ", RoutesOf(model, parameter->first), "\n    ");
    AppendParameter(parameter->second, "    ", out);
  }
  absl::StrAppend(out, "  routes:", model.routes().empty() ? " []" : "", "\n");
  for (const auto& route : Sorted(model.routes())) AppendRoute(route->first, route->second, out);
}

void AppendEdge(const Edge& edge, const ProtocolModel::Counts& counts, std::string* out) {
  absl::StrAppend(out, "- source: ", Quoted(edge.source),
                  "\n  destination: ", Quoted(edge.destination), "\n  port: ", edge.port,
                  "\n  connections: ", ProtocolModel::SamplesOf(counts), "\n  protocols: ");
  std::vector<FrequentValues::Entry> entries;
  for (const auto& [protocol, count] : counts) {
    entries.push_back({.value = std::string(ProtocolName(protocol)), .count = count});
  }
  AppendEntries(entries, out);
  absl::StrAppend(out, "\n");
}

}  // namespace

std::string BaselineText(const Baseline& baseline) {
  std::string text =
      absl::StrCat("state: ", BaselineStateName(baseline.state()),
                   "\nlearning_since: ", UtcText(baseline.learning_since()),
                   "\nlearned_seconds: ", absl::ToInt64Seconds(baseline.learned()),
                   "\nsamples: ", baseline.samples(),
                   "\ndestinations:", baseline.destinations().empty() ? " []" : "", "\n");
  for (const auto& item : Sorted(baseline.destinations())) {
    AppendDestination(item->first, item->second, &text);
  }
  const ProtocolModel& protocols = baseline.protocols();
  absl::StrAppend(&text, "connections: ", protocols.samples(),
                  "\nedges:", protocols.edges().empty() ? " []" : "", "\n");
  for (const auto& item : Sorted(protocols.edges())) AppendEdge(item->first, item->second, &text);
  return text + "complete: true\n";
}

}  // namespace firebreak::inspect
