#include "cli/incident_report.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "base/principal_syntax.h"
#include "cli/terminal.h"
#include "detect/explanation.h"
#include "policy/workbench/reach.h"

namespace firebreak::cli {
namespace {

std::string Short(absl::string_view identity) {
  return PrintableEscaped(detect::ShortName(identity));
}

std::string Short(detect::NameId id, const detect::Names& names) { return Short(names.Text(id)); }

std::string Clock(int64_t time_us) {
  return absl::FormatTime("%H:%M:%E3S", absl::FromUnixMicros(time_us), absl::UTCTimeZone());
}

absl::string_view OutcomeName(detect::Outcome outcome) {
  switch (outcome) {
    case detect::Outcome::kCarried:
      return "carried";
    case detect::Outcome::kDenied:
      return "denied";
    case detect::Outcome::kFailed:
      return "failed";
  }
  return "";
}

// IdentitiesOf lists whoever has a name of ours, the ones that acted before the others.
std::vector<std::string> IdentitiesOf(const detect::Incident& incident,
                                      const detect::Names& names) {
  std::vector<std::string> found;
  const auto add = [&](detect::NameId id) {
    std::string name(names.Text(id));
    const bool known = std::find(found.begin(), found.end(), name) != found.end();
    if (!known && name.find('/') != std::string::npos) found.push_back(std::move(name));
  };
  for (const detect::Step& step : incident.steps) add(step.call.source);
  for (const detect::Step& step : incident.steps) {
    if (step.call.outcome == detect::Outcome::kCarried) add(step.call.destination);
  }
  return found;
}

std::string SignalsOf(const detect::Step& step) {
  std::vector<absl::string_view> signals;
  for (const detect::Clue& clue : step.clues) signals.push_back(detect::SignalName(clue.signal));
  return absl::StrJoin(signals, " ");
}

// IsOutOfTheOrdinary: a move that a policy can forbid without forbidding what is usual.
bool IsOutOfTheOrdinary(const detect::Step& step) {
  if (step.call.outcome != detect::Outcome::kCarried) return false;
  return std::any_of(step.clues.begin(), step.clues.end(), [](const detect::Clue& clue) {
    return clue.signal == detect::Signal::kNewEdge || clue.signal == detect::Signal::kNewRoute ||
           clue.signal == detect::Signal::kHoney;
  });
}

// NamespaceOf takes "td/ns/NAMESPACE/sa/ACCOUNT"; "" for anything else. Logs name principals as
// peers do, and what goes into a policy as it stands has to be a name.
std::string NamespaceOf(absl::string_view principal) {
  const std::vector<std::string> parts = absl::StrSplit(principal, '/');
  const bool names_one = parts.size() == 5 && parts[1] == "ns" && parts[3] == "sa";
  return names_one && WrongWithPrincipal(principal).empty() ? parts[2] : "";
}

std::string Quoted(absl::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

// OperationOf writes a route as calls have it, "GET /admin/backup", as a policy does.
std::string OperationOf(absl::string_view route, uint16_t port) {
  const std::vector<std::string> words = absl::StrSplit(route, absl::MaxSplits(' ', 1));
  std::string ports = absl::StrCat("ports: [\"", port, "\"]");
  if (words.size() != 2 || words[1].empty() || words[1][0] != '/') return ports;
  // A template of the log has {names} where a policy has {*}.
  std::string path;
  for (absl::string_view segment : absl::StrSplit(words[1], '/', absl::SkipEmpty())) {
    absl::StrAppend(&path, "/", segment[0] == '{' ? "{*}" : segment);
  }
  if (path.empty()) path += '/';
  return absl::StrCat(ports, ", methods: [", Quoted(words[0]), "], paths: [", Quoted(path), "]");
}

}  // namespace

Blocked::Blocked(const detect::Incident& incident, const detect::Names& names)
    : since_(absl::FromUnixMicros(incident.steps.front().call.start_us)),
      identities_(IdentitiesOf(incident, names)) {
  std::sort(identities_.begin(), identities_.end());
}

void Blocked::See(const flows::Flow& flow) {
  if (flow.verdict != "DROPPED" || flow.time < since_) return;
  const auto involved = [this](const std::string& principal) {
    return std::binary_search(identities_.begin(), identities_.end(), principal);
  };
  if (!involved(flow.source.principal) && !involved(flow.destination.principal)) return;
  const std::string whom = flow.destination.principal.empty()
                               ? absl::StrCat(flow.destination.ip, ":", flow.destination.port)
                               : flow.destination.principal;
  const Key key(flow.source.principal, whom, flow.reason);
  if (counts_.size() >= kMaxCounts && counts_.find(key) == counts_.end()) return;
  Count& count = counts_[key];
  ++count.flows;
  count.last = std::max(count.last, flow.time);
}

void PrintWay(const detect::Incident& incident, const detect::Names& names, std::ostream& out) {
  std::set<std::string> drawn;
  for (const detect::Step& step : incident.steps) {
    const bool carried = step.call.outcome == detect::Outcome::kCarried;
    std::string line = absl::StrCat(std::string(size_t{2} * step.hops, ' '),
                                    Short(step.call.source, names), carried ? " --> " : " --x ",
                                    Short(step.call.destination, names), "   ", SignalsOf(step));
    if (drawn.insert(line).second) out << line << "\n";
  }
}

void PrintTimeLine(const detect::Incident& incident, const detect::Names& names,
                   CommandContext& context) {
  Table table({"TIME", "FROM", "TO", "WHAT", "OUTCOME", "SIGNALS", "FLOW"},
              Painter(context.UseColor()), context.out);
  for (const detect::Step& step : incident.steps) {
    table.AddRow({Clock(step.call.start_us), Short(step.call.source, names),
                  Short(step.call.destination, names), std::string(names.Text(step.call.route)),
                  std::string(OutcomeName(step.call.outcome)), SignalsOf(step),
                  step.call.flow.Hex()});
  }
  table.Flush();
  if (incident.more_steps > 0) context.out << "... and " << incident.more_steps << " more\n";
}

void PrintBlocked(const Blocked& blocked, CommandContext& context) {
  if (blocked.counts().empty()) {
    context.out << "nothing\n";
    return;
  }
  Table table({"FROM", "TO", "REASON", "FLOWS", "LAST"}, Painter(context.UseColor()), context.out);
  for (const auto& [key, count] : blocked.counts()) {
    const auto& [source, destination, reason] = key;
    table.AddRow({Short(source), Short(destination), reason, absl::StrCat(count.flows),
                  Clock(absl::ToUnixMicros(count.last))});
  }
}

void PrintReach(const detect::Incident& incident, const detect::Names& names, const AskedBook& book,
                CommandContext& context) {
  for (const std::string& identity : IdentitiesOf(incident, names)) {
    const policy::InventoryWorkload* const start = book.inventory.ByPrincipal(identity);
    context.out << Short(identity) << ": ";
    if (start == nullptr) {
      context.out << "no policy and no inventory names it\n";
      continue;
    }
    const policy::Reach reach = policy::FindReach(book.book, book.inventory, *start,
                                                  /*transitive=*/true, context.clock.WallNow());
    std::vector<std::string> reached;
    for (size_t i = 1; i < reach.steps.size(); ++i) {
      const policy::Step& step = reach.steps[i];
      const std::string& over = reach.steps[step.from].workload->name;
      reached.push_back(step.depth > 1 ? absl::StrCat(step.workload->name, " (over ", over, ")")
                                       : step.workload->name);
    }
    context.out << (reached.empty() ? "nobody" : PrintableEscaped(absl::StrJoin(reached, ", ")))
                << (reach.unknown.empty() ? "\n" : ", and perhaps more\n");
  }
}

std::string StopPatch(const detect::Incident& incident, const detect::Names& names) {
  std::set<std::string> written;
  std::vector<std::string> lines;
  for (const detect::Step& step : incident.steps) {
    if (!IsOutOfTheOrdinary(step)) continue;
    const std::string source(names.Text(step.call.source));
    const std::string destination(names.Text(step.call.destination));
    const std::string where = NamespaceOf(destination);
    if (where.empty() || NamespaceOf(source).empty()) continue;  // nobody that a policy can name
    const std::string operation = OperationOf(names.Text(step.call.route), step.call.port);
    if (!written.insert(absl::StrCat(source, " ", destination, " ", operation)).second) continue;
    const std::string name = absl::StrCat("incident-", written.size());
    if (!lines.empty()) lines.emplace_back("---");
    for (const std::string& line :
         {absl::StrCat("# ", Short(source), " -> ", Short(destination),
                       "; narrow it to that workload with a selector."),
          std::string("apiVersion: firebreak.dev/v1"), std::string("kind: AuthorizationPolicy"),
          absl::StrCat("metadata: {name: ", name, ", namespace: ", Quoted(where), "}"),
          std::string("spec:"), std::string("  action: DENY"), std::string("  rules:"),
          absl::StrCat("  - from: [{source: {principals: [", Quoted(source), "]}}]"),
          absl::StrCat("    to: [{operation: {", operation, "}}]")}) {
      lines.push_back(line);
    }
  }
  if (lines.empty()) return "";
  std::string patch =
      absl::StrCat("--- /dev/null\n+++ b/policy/incident.yaml\n@@ -0,0 +1,", lines.size(), " @@\n");
  for (const std::string& line : lines) absl::StrAppend(&patch, "+", line, "\n");
  return patch;
}

}  // namespace firebreak::cli
