#include "detect/explanation.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "detect/reach.h"

namespace firebreak::detect {
namespace {

constexpr size_t kSaidSteps = 4;

std::string Short(NameId id, const Names& names) {
  return PrintableEscaped(ShortName(names.Text(id)));
}

std::string Clock(int64_t time_us) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMicros(time_us), absl::UTCTimeZone());
}

// Rate says how often something is usual: "1 call in 20,000", or that it never was.
std::string Rate(double p) {
  if (p >= 0.5) return "every other call";
  return absl::StrFormat("about 1 call in %.0f", 1 / std::max(p, 1e-9));
}

std::string Duration(double seconds) {
  if (seconds >= 86'400) return "for as long as is known";
  if (seconds >= 60) return absl::StrFormat("for %.0f min", seconds / 60);
  return absl::StrFormat("for %.1f s", seconds);
}

// WeightOf says why a clue counts for more or less than its rate has it, if it does.
std::string WeightOf(const Clue& clue) {
  if (clue.weight == 1) return "";
  return absl::StrFormat(" (counts %.2f times as much, since people called its like %s)",
                         clue.weight, clue.weight < 1 ? "a false alarm" : "an intruder");
}

std::string Calls(double count) {
  return count == 1 ? "one call" : absl::StrFormat("%.0f calls", count);
}

}  // namespace

absl::string_view ShortName(absl::string_view identity) {
  const size_t slash = identity.rfind('/');
  const bool spiffe = identity.find("/sa/") != absl::string_view::npos;
  return spiffe && slash + 1 < identity.size() ? identity.substr(slash + 1) : identity;
}

std::string Sentence(const Clue& clue, const Step& step, const Names& names) {
  const Call& call = step.call;
  const std::string source = Short(call.source, names);
  const std::string destination = Short(call.destination, names);
  const std::string route = PrintableEscaped(names.Text(call.route));
  switch (clue.signal) {
    case Signal::kNewEdge:
      return absl::StrCat(source, " called ", destination, " for the first time ever");
    case Signal::kNewRoute:
      return absl::StrCat(source, " called ", route, " of ", destination,
                          " for the first time, though it knows ", destination);
    case Signal::kOrphan:
      return absl::StrCat(source, " called ", destination, " (", route,
                          ") though no request that leads to such calls had been open ",
                          Duration(clue.observed), "; that is usual for ", Rate(clue.usual));
    case Signal::kHeldOpen:
      return absl::StrFormat("%s held a call to %s (%s) open for %.0f s, which is usual for %s",
                             source, destination, route, clue.observed, Rate(clue.usual));
    case Signal::kRefused:
      return absl::StrCat(source, " tried ", destination, " (", route,
                          ") for the first time, and was ",
                          call.outcome == Outcome::kDenied ? "denied" : "turned away");
    case Signal::kDenied:
      return absl::StrFormat(
          "%s was refused at %.0f doors that it had never tried before: it is searching", source,
          clue.observed);
    case Signal::kFanOut:
      return absl::StrFormat("%s called %.0f different destinations in ten minutes; %.0f is usual",
                             source, clue.observed, clue.usual);
    case Signal::kBeacon:
      return absl::StrFormat("%s calls %s every %.0f s like clockwork, and nobody else does",
                             source, destination, clue.observed);
    case Signal::kExfiltration:
      return absl::StrFormat("%s moved %.1f MB between itself and %s in an hour; %.2f MB is usual",
                             source, clue.observed / 1e6, destination, clue.usual / 1e6);
    case Signal::kStolenSvid:
      if (clue.observed == 1) {
        return absl::StrCat("an SVID of ", source, " is used from ",
                            PrintableEscaped(names.Text(call.source_address)),
                            ", from which no sidecar reports");
      }
      return absl::StrCat("one SVID of ", source, " is used from two places in turn, lately from ",
                          PrintableEscaped(names.Text(call.source_address)));
    case Signal::kHoney:
      return absl::StrCat(source, " called ", destination, " (", route,
                          "), which is bait: nobody has a reason to");
    case Signal::kPayload:
      return absl::StrFormat(
          "%.0f s after inspection found an attack in a request to %s, it called %s unasked",
          clue.observed, source, destination);
    case Signal::kSurplus:
      return absl::StrFormat(
          "%s called %s %.0f times in five minutes, where what it was asked for explains %.1f",
          source, destination, clue.observed, clue.usual);
    case Signal::kOffHours:
      return absl::StrFormat(
          "%s made %.0f calls in an hour of the week in which %.1f are usual at most", source,
          clue.observed, clue.usual);
    case Signal::kReach:
      return absl::StrCat(
          "that leads ", source, " to a crown jewel in ", Calls(clue.observed),
          clue.usual < Reach::kFar ? absl::StrCat(", where it took ", Calls(clue.usual)) : "");
  }
  return "";
}

std::string PathOf(const Incident& incident, const Names& names) {
  // From the step with the most hops back, each to the latest earlier step that leads to it.
  const auto last = std::max_element(incident.steps.begin(), incident.steps.end(),
                                     [](const Step& a, const Step& b) { return a.hops < b.hops; });
  std::vector<std::string> path = {Short(last->call.destination, names),
                                   Short(last->call.source, names)};
  const Step* at = &*last;
  while (at->hops > 1) {
    const Step* from = nullptr;
    for (const Step& step : incident.steps) {
      const bool leads_here = step.call.destination == at->call.source && step.hops < at->hops &&
                              step.call.start_us <= at->call.start_us;
      if (leads_here && (from == nullptr || step.hops >= from->hops)) from = &step;
    }
    if (from == nullptr) break;
    path.push_back(Short(from->call.source, names));
    at = from;
  }
  std::reverse(path.begin(), path.end());
  return absl::StrJoin(path, " -> ");
}

std::string Explain(const Incident& incident, const Names& names) {
  std::vector<const Step*> worst;
  for (const Step& step : incident.steps) worst.push_back(&step);
  std::stable_sort(worst.begin(), worst.end(),
                   [](const Step* a, const Step* b) { return a->own > b->own; });
  worst.resize(std::min(worst.size(), kSaidSteps));
  std::sort(worst.begin(), worst.end());  // they lie in one array, in the order of time
  std::string text = absl::StrFormat(
      "Between %s and %s UTC, %d suspicious calls along %s.",
      Clock(incident.steps.front().call.start_us), Clock(incident.steps.back().call.end_us),
      incident.steps.size() + incident.more_steps, PathOf(incident, names));
  std::set<std::string> said;  // both sidecars may have reported the same
  for (const Step* step : worst) {
    for (const Clue& clue : step->clues) {
      const std::string sentence = Sentence(clue, *step, names);
      if (!said.insert(sentence).second) continue;
      absl::StrAppend(&text, " At ", Clock(step->call.start_us).substr(11), " ", sentence,
                      WeightOf(clue), ".");
    }
  }
  absl::StrAppendFormat(&text, " Ordinary traffic looks like this in one hour in 10^%.0f.",
                        std::floor(incident.evidence));
  return text;
}

}  // namespace firebreak::detect
