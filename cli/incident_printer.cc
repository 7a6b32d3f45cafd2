#include "cli/incident_printer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/time_text.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "detect/explanation.h"

namespace firebreak::cli {
namespace {

constexpr absl::string_view kOcsfVersion = "1.3.0";
constexpr absl::string_view kAttackVersion = "14.1";
constexpr int64_t kMilli = 1'000;  // OCSF counts in milliseconds

std::string Number(int64_t value) { return absl::StrCat(value); }

std::string AttacksOf(const detect::Incident& incident) {
  std::map<std::string, std::string> attacks;  // by technique
  for (const detect::Step& step : incident.steps) {
    for (const detect::Clue& clue : step.clues) {
      const detect::Technique technique = detect::TechniqueOf(clue.signal);
      attacks[std::string(technique.id)] =
          JsonObject()
              .AddText("version", kAttackVersion)
              .Add("tactic", JsonObject()
                                 .AddText("uid", technique.tactic_id)
                                 .AddText("name", technique.tactic)
                                 .str())
              .Add("technique",
                   JsonObject().AddText("uid", technique.id).AddText("name", technique.name).str())
              .str();
    }
  }
  std::vector<std::string> list;
  list.reserve(attacks.size());
  for (const auto& [unused, attack] : attacks) list.push_back(attack);
  return JsonList(list);
}

std::vector<std::string> SignalsOf(const detect::Incident& incident) {
  std::set<std::string> signals;
  for (const detect::Step& step : incident.steps) {
    for (const detect::Clue& clue : step.clues) {
      signals.insert(std::string(detect::SignalName(clue.signal)));
    }
  }
  return {signals.begin(), signals.end()};
}

std::string EndOf(detect::NameId identity, detect::NameId pod, const detect::Names& names) {
  JsonObject end;
  end.AddText("uid", names.Text(identity));
  end.AddText("name", detect::ShortName(names.Text(identity)));
  if (pod != detect::kNoName) end.AddText("instance_uid", names.Text(pod));
  return end.str();
}

std::string EvidenceOf(const detect::Step& step, const detect::Names& names) {
  const detect::Call& call = step.call;
  std::vector<std::string> signals;
  for (const detect::Clue& clue : step.clues) {
    signals.push_back(JsonObject()
                          .AddText("signal", detect::SignalName(clue.signal))
                          .AddText("says", detect::Sentence(clue, step, names))
                          .str());
  }
  const std::string data = JsonObject()
                               .AddText("flow_id", call.flow.Hex())
                               .Add("time", Number(call.start_us / kMilli))
                               .AddText("route", names.Text(call.route))
                               .Add("hop", Number(step.hops))
                               .Add("decades", absl::StrFormat("%.1f", step.own))
                               .Add("signals", JsonList(signals))
                               .str();
  return JsonObject()
      .Add("src_endpoint", EndOf(call.source, call.source_pod, names))
      .Add("dst_endpoint", EndOf(call.destination, call.destination_pod, names))
      .Add("data", data)
      .str();
}

std::string ResourcesOf(const detect::Incident& incident, detect::Labels& labels,
                        const detect::Names& names) {
  std::set<detect::NameId> identities;
  for (const detect::Step& step : incident.steps) {
    identities.insert(step.call.source);
    identities.insert(step.call.destination);
  }
  std::vector<std::string> resources;
  for (const detect::NameId identity : identities) {
    const detect::IdentityLabels& known = labels.Of(identity, names);
    std::vector<std::string> own;
    if (known.crown_jewel) own.emplace_back("crown_jewel");
    if (known.internet_facing) own.emplace_back("internet_facing");
    if (known.honey) own.emplace_back("honey");
    resources.push_back(JsonObject()
                            .AddText("uid", names.Text(identity))
                            .AddText("name", detect::ShortName(names.Text(identity)))
                            .AddText("type", "workload identity")
                            .Add("labels", JsonTexts(own))
                            .str());
  }
  return JsonList(resources);
}

// AnomaliesOf sets what was seen beside what is usual, a line for each signal of each step.
std::string AnomaliesOf(const detect::Incident& incident, const detect::Names& names) {
  std::vector<std::string> analyses;
  for (const detect::Step& step : incident.steps) {
    const std::string target = JsonList({JsonObject()
                                             .AddText("name", names.Text(step.call.source))
                                             .AddText("type", "workload identity")
                                             .str()});
    for (const detect::Clue& clue : step.clues) {
      const std::string parameter(detect::SignalName(clue.signal));
      analyses.push_back(
          JsonObject()
              .Add("analysis_targets", target)
              .Add("anomalies",
                   JsonList({JsonObject()
                                 .AddText("observation_parameter", parameter)
                                 .AddText("observed_pattern", absl::StrFormat("%g", clue.observed))
                                 .str()}))
              .Add("baselines",
                   JsonList({JsonObject()
                                 .AddText("observation_parameter", parameter)
                                 .AddText("observed_pattern", absl::StrFormat("%g", clue.usual))
                                 .str()}))
              .str());
    }
  }
  return JsonList(analyses);
}

std::string FindingInfoOf(const detect::Incident& incident, const detect::Names& names) {
  const int64_t first = incident.steps.front().call.start_us / kMilli;
  const int64_t last = incident.steps.back().call.end_us / kMilli;
  return JsonObject()
      .AddText("uid", incident.uid)
      .AddText("title", absl::StrCat("Lateral movement: ", detect::PathOf(incident, names)))
      .AddText("desc", detect::Explain(incident, names))
      .Add("types", JsonTexts(SignalsOf(incident)))
      .Add("created_time", Number(incident.raised_us / kMilli))
      .Add("first_seen_time", Number(first))
      .Add("last_seen_time", Number(last))
      .Add("attacks", AttacksOf(incident))
      .Add("analytic", JsonObject()
                           .AddText("name", "firebreak detect")
                           .Add("type_id", "2")
                           .AddText("type", "Behavioral")
                           .str())
      .str();
}

struct Status {
  int id = 1;
  absl::string_view name;
};

Status StatusOf(detect::Standing standing) {
  switch (standing) {
    case detect::Standing::kNew:
      return {1, "New"};
    case detect::Standing::kAcknowledged:
      return {2, "In Progress"};
    case detect::Standing::kMuted:
      return {3, "Suppressed"};
  }
  return {0, "Unknown"};
}

// CommentOf is what was said: "false alarm, by ana: the audit of January".
std::string CommentOf(const detect::Note& note) {
  std::string said = note.mute_until.has_value() ? "muted" : "acknowledged";
  if (note.verdict == detect::Verdict::kFalseAlarm) said += ", a false alarm";
  if (note.verdict == detect::Verdict::kIntruder) said += ", an intruder";
  if (!note.by.empty()) absl::StrAppend(&said, ", by ", note.by);
  return note.reason.empty() ? said : absl::StrCat(said, ": ", note.reason);
}

int RiskOf(const detect::Incident& incident) {
  const double weight = incident.severity == detect::Severity::kCritical ? 100
                        : incident.severity == detect::Severity::kHigh   ? 80
                                                                         : 60;
  return static_cast<int>(std::lround(weight * incident.probability));
}

}  // namespace

const detect::Incident* FindIncident(const std::vector<const detect::Incident*>& incidents,
                                     const std::string& id) {
  const auto found =
      std::find_if(incidents.begin(), incidents.end(), [&id](const detect::Incident* incident) {
        return absl::StrCat(incident->id) == id ||
               (id.size() >= 8 && absl::StartsWith(incident->uid, id));
      });
  return found == incidents.end() ? nullptr : *found;
}

std::string OcsfOf(const detect::Incident& incident, const detect::Notes::Answer& answer,
                   detect::Labels& labels, const detect::Names& names) {
  std::vector<std::string> evidences;
  for (const detect::Step& step : incident.steps) evidences.push_back(EvidenceOf(step, names));
  const std::string metadata =
      JsonObject()
          .AddText("version", kOcsfVersion)
          .Add("product",
               JsonObject().AddText("name", "Firebreak").AddText("vendor_name", "Firebreak").str())
          .str();
  const Status status = StatusOf(answer.standing);
  JsonObject finding;
  finding.Add("category_uid", "2")
      .AddText("category_name", "Findings")
      .Add("class_uid", "2004")
      .AddText("class_name", "Detection Finding")
      .Add("activity_id", "1")
      .AddText("activity_name", "Create")
      .Add("type_uid", "200401")
      .AddText("type_name", "Detection Finding: Create")
      .Add("time", Number(incident.raised_us / kMilli))
      .Add("severity_id", Number(static_cast<int>(incident.severity)))
      .AddText("severity", detect::SeverityName(incident.severity))
      .Add("status_id", Number(status.id))
      .AddText("status", status.name)
      .AddBool("is_alert", !incident.over_budget)
      .Add("confidence_score", Number(std::lround(100 * incident.probability)))
      .Add("risk_score", Number(RiskOf(incident)))
      .AddText("message", detect::Explain(incident, names))
      .Add("metadata", metadata)
      .Add("finding_info", FindingInfoOf(incident, names))
      .Add("evidences", JsonList(evidences))
      .Add("resources", ResourcesOf(incident, labels, names))
      .Add("anomaly_analyses", AnomaliesOf(incident, names));
  if (answer.note != nullptr) finding.AddText("comment", CommentOf(*answer.note));
  return finding.str();
}

void PrintTable(const std::vector<const detect::Incident*>& incidents, const detect::Notes& notes,
                const detect::Names& names, CommandContext& context) {
  Table table({"#", "RAISED", "SEVERITY", "CONFIDENCE", "STATUS", "PATH", "FLOWS", "SIGNALS"},
              Painter(context.UseColor()), context.out);
  for (const detect::Incident* incident : incidents) {
    const bool critical = incident->severity == detect::Severity::kCritical;
    const std::string raised = UtcText(absl::FromUnixMicros(incident->raised_us));
    table.AddRow({absl::StrCat(incident->id), raised,
                  Cell(std::string(detect::SeverityName(incident->severity)),
                       critical ? Color::kRed : Color::kYellow),
                  absl::StrFormat("%.0f%%", 100 * incident->probability),
                  std::string(detect::StandingName(notes.Of(*incident, names).standing)),
                  detect::PathOf(*incident, names),
                  absl::StrCat(incident->steps.size() + incident->more_steps),
                  absl::StrJoin(SignalsOf(*incident), " ")});
  }
}

void PrintIncidents(const std::vector<const detect::Incident*>& incidents,
                    const detect::Notes& notes, const detect::Names& names,
                    CommandContext& context) {
  PrintTable(incidents, notes, names, context);
  for (const detect::Incident* incident : incidents) {
    context.out << "\n" << incident->id << ". " << detect::Explain(*incident, names) << "\n";
  }
}

}  // namespace firebreak::cli
