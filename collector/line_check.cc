#include "collector/line_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/ip.h"
#include "base/principal_syntax.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/json_reader.h"

namespace firebreak::collector {
namespace {

constexpr size_t kRunDigits = 16;
constexpr size_t kShownBytes = 128;

// RunOf reads a run_id as sidecars write it: 16 lower-case hex digits.
std::optional<uint64_t> RunOf(absl::string_view run_id) {
  const bool plain =
      run_id.size() == kRunDigits && std::all_of(run_id.begin(), run_id.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
      });
  uint64_t run = 0;
  if (!plain || !absl::SimpleHexAtoi(run_id, &run)) return std::nullopt;
  return run;
}

// Claim is whom a line speaks for besides its sender, and in which field.
struct Claim {
  absl::string_view field;
  absl::string_view principal;
};

std::optional<Claim> FalseClaim(const flows::Flow& flow, absl::string_view sender) {
  if (flow.reporter.principal != sender)
    return Claim{"reporter.principal", flow.reporter.principal};
  const bool inbound = flow.direction == "INBOUND";
  const bool outbound = flow.direction == "OUTBOUND";
  const flows::FlowEndpoint& own = inbound ? flow.destination : flow.source;
  // A sidecar names itself at its own end of each flow: without that the end would be anybody's.
  const bool named = flows::TellsOfFlow(flow) || !own.principal.empty();
  if ((inbound || outbound) && named && own.principal != sender) {
    return Claim{inbound ? "destination.principal" : "source.principal", own.principal};
  }
  return std::nullopt;
}

// Fault is what is wrong with a line whoever sent it; empty: nothing.
absl::string_view Fault(const flows::Flow& flow, absl::Time now) {
  if (flow.sequence == 0) return "no sequence";
  if (flow.time > now + kMaxAhead) return "its time is more than a day ahead";
  const bool has_ends = flows::TellsOfFlow(flow) || flow.event == flows::kRollupEvent;
  if (has_ends && flow.direction != "INBOUND" && flow.direction != "OUTBOUND") {
    return "its direction is neither INBOUND nor OUTBOUND";
  }
  // What the catalog keeps for long.
  for (const std::string* word :
       {&flow.event, &flow.verdict, &flow.reason, &flow.lost.cause, &flow.lost.sink}) {
    if (word->size() > kMaxWordBytes) return "a word longer than any";
  }
  for (const flows::FlowEndpoint* end : {&flow.source, &flow.destination}) {
    if (end->principal.size() > kMaxPrincipalBytes) return "a principal longer than any";
    // Where nobody was authenticated, the address is the name.
    if (!end->ip.empty() && !IpAddress::Parse(end->ip).ok()) return "an ip that is none";
  }
  return "";
}

CheckedLines Bad(absl::Status status) {
  CheckedLines checked;
  checked.status = std::move(status);
  return checked;
}

CheckedLines Unreadable(size_t line, absl::string_view why) {
  return Bad(absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", why)));
}

CheckedLines Lie(size_t line, const Claim& claim, absl::string_view sender) {
  CheckedLines checked = Bad(absl::PermissionDeniedError(absl::StrCat(
      "line ", line, ": ", claim.field, " is \"",
      PrintableEscaped(claim.principal.substr(0, kShownBytes)), "\", but the sender is ", sender)));
  checked.claimed = std::string(claim.principal);
  return checked;
}

}  // namespace

CheckedLines CheckLines(absl::string_view text, absl::string_view principal, absl::Time now) {
  absl::ConsumeSuffix(&text, "\n");
  CheckedLines checked;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t number = checked.flows.size() + 1;
    auto flow = flows::ParseFlowLine(line);
    if (!flow.ok()) return Unreadable(number, flow.status().message());
    if (const auto claim = FalseClaim(*flow, principal)) return Lie(number, *claim, principal);
    if (checked.flows.empty()) {
      const auto run = RunOf(flow->run_id);
      if (!run.has_value()) return Unreadable(number, "no run_id");
      checked.run = *run;
    } else if (const flows::Flow& before = checked.flows.back();
               flow->run_id != before.run_id || flow->sequence <= before.sequence) {
      return Unreadable(number, "it does not follow the line before");
    }
    if (const absl::string_view fault = Fault(*flow, now); !fault.empty()) {
      return Unreadable(number, fault);
    }
    checked.flows.push_back(*std::move(flow));
  }
  return checked;
}

}  // namespace firebreak::collector
