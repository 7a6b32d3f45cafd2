#include "cli/flows_printer.h"

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/grpc_status.h"
#include "flows/hubble.h"
#include "flows/ocsf.h"
#include "flows/zeek.h"

namespace firebreak::cli {
namespace {

using flows::Flow;
using flows::FlowEndpoint;

constexpr int kTimeDigits = 3;  // milliseconds

Color VerdictColor(absl::string_view verdict) {
  if (verdict == "FORWARDED") return Color::kGreen;
  if (verdict == "AUDIT") return Color::kYellow;
  return Color::kRed;
}

Color LogColor(const Flow& flow) {
  return flow.event == flows::kLostEvent ? Color::kYellow : Color::kNone;
}

std::string RuleName(const Flow& flow) {
  if (flow.policy.name.empty()) return "";
  return flow.policy.rule.empty() ? flow.policy.name
                                  : absl::StrCat(flow.policy.name, "/", flow.policy.rule);
}

// ReasonText has the detail with it: "MALFORMED: upgrade_refused" is what there is to look up.
std::string ReasonText(const Flow& flow) {
  if (flow.reason.empty() || flow.detail.empty()) return flow.reason;
  return absl::StrCat(flow.reason, ": ", flow.detail);
}

// Why is the reason and the rule of a verdict: "NO_RULE", "EXPLICIT_DENY by payments/no-web",
// "payments/orders-may-charge".
std::string Why(const Flow& flow) {
  std::string rule = RuleName(flow);
  if (flow.verdict == "AUDIT" && !flow.policy.would_be_verdict.empty()) {
    return absl::StrCat("would be ", flow.policy.would_be_verdict, flow.reason.empty() ? "" : ": ",
                        flow.reason, rule.empty() ? "" : " by ", rule);
  }
  if (flow.reason.empty()) return rule;
  return absl::StrCat(ReasonText(flow), rule.empty() ? "" : " by ", rule);
}

std::string NameOf(const FlowEndpoint& endpoint, absl::string_view home) {
  return flows::ShortName(flows::PartyName(endpoint), home);
}

std::string WithPort(const std::string& name, uint16_t port) {
  if (port == 0) return name;
  const bool bare_v6 = absl::StrContains(name, ':') && !absl::StrContains(name, '/');
  return bare_v6 ? absl::StrCat("[", name, "]:", port) : absl::StrCat(name, ":", port);
}

// SumsText is "240 requests, 3 connections, 1 failed".
std::string SumsText(const Flow& flow) {
  const auto& sums = flow.rollup;
  std::string text = absl::StrCat(sums.requests, " requests, ", sums.connections, " connections");
  if (sums.errors > 0) absl::StrAppend(&text, ", ", sums.errors, " failed");
  if (sums.others) absl::StrAppend(&text, ", of all other edges");
  return text;
}

uint64_t DurationOf(const Flow& flow) {
  return flow.event == flows::kRollupEvent ? flow.rollup.duration_us : flow.duration_us;
}

// RequestText is what was asked and what came of it: "GET /v1/charges/123 200", or for gRPC
// "shop.Ledger/Append PERMISSION_DENIED". Empty for a line that tells of no request.
std::string RequestText(const Flow& flow, absl::string_view path) {
  if (flow.event == flows::kRollupEvent) return SumsText(flow);
  if (flow.grpc.method.empty()) {
    const std::string status = flow.http.status == 0 ? "" : absl::StrCat(" ", flow.http.status);
    return flow.http.method.empty() ? "" : absl::StrCat(flow.http.method, " ", path, status);
  }
  const std::string call = absl::StrCat(flow.grpc.service, "/", flow.grpc.method);
  if (flow.grpc.status.has_value()) {
    const absl::string_view name = flows::GrpcStatusName(*flow.grpc.status);
    return name.empty() ? absl::StrCat(call, " ", *flow.grpc.status)
                        : absl::StrCat(call, " ", name);
  }
  return flow.http.status == 0 ? call : absl::StrCat(call, " HTTP ", flow.http.status);
}

std::string LostText(const Flow& flow) {
  return absl::StrCat(flow.lost.count, " flow records missing (", flow.lost.cause,
                      flow.lost.sink.empty() ? "" : ", sink ", flow.lost.sink, ")");
}

// HeadText is what a HEAD line vouches for, and who does.
std::string HeadText(const Flow& flow) {
  return absl::StrCat(flow.head.last ? "last head" : "head", " of run ", flow.run_id, ", line ",
                      flow.sequence, ", over ", flow.head.records, " records, signed by ",
                      flow.reporter.principal);
}

// OfTheLog: the line tells of no flow, nor of many.
bool OfTheLog(const Flow& flow) {
  return flow.event == flows::kLostEvent || flow.event == flows::kHeadEvent;
}

// AboutTheLog is the text of a line that tells of no flow, but of the log.
std::string AboutTheLog(const Flow& flow) {
  return flow.event == flows::kLostEvent ? LostText(flow) : HeadText(flow);
}

std::vector<std::string> HeaderOf(FlowForm form) {
  std::vector<std::string> header = {"TIME",    "SOURCE",   "DESTINATION", "PROTOCOL",
                                     "REQUEST", "VERDICT",  "REASON",      "RULE",
                                     "SENT",    "RECEIVED", "DURATION"};
  if (form == FlowForm::kWide) {
    for (const char* name :
         {"EVENT", "DIRECTION", "REPORTER", "SOURCE IP", "DESTINATION IP", "TLS", "AUTHORITY",
          "PATH", "USER AGENT", "TRACE ID", "CLOSED BY", "REVISION", "FLOW ID", "DETAIL"}) {
      header.emplace_back(name);
    }
  }
  return header;
}

// Dangerous tells of characters that a JSON string may hold as they are, and that a terminal may
// obey: DEL, C1 controls, and the bidirectional and line separators.
bool Dangerous(uint32_t code) {
  return IsControl(code) || IsBidirectionalControl(code) || code == 0x2028 || code == 0x2029;
}

}  // namespace

std::string TerminalSafeJson(absl::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  while (!json.empty()) {
    const Rune rune = DecodeRune(json);
    const absl::string_view bytes = json.substr(0, std::max<size_t>(rune.size, 1));
    if (rune.size == 0) {
      absl::StrAppend(&safe, "\xef\xbf\xbd");  // not in valid JSON
    } else if (rune.code < 0x20) {
      safe.push_back(' ');  // blank between tokens: strings hold no raw controls
    } else if (Dangerous(rune.code)) {
      absl::StrAppendFormat(&safe, "\\u%04x", rune.code);
    } else {
      absl::StrAppend(&safe, bytes);
    }
    json.remove_prefix(bytes.size());
  }
  return safe;
}

FlowPrinter::FlowPrinter(FlowForm form, Painter painter, std::ostream& out)
    : form_(form), painter_(painter), out_(out) {
  if (form_ == FlowForm::kTable || form_ == FlowForm::kWide) {
    table_ = std::make_unique<Table>(HeaderOf(form_), painter_, out_);
  }
}

void FlowPrinter::Print(const flows::LogLine& line) {
  switch (form_) {
    case FlowForm::kCompact:
      out_ << Compact(line.flow) << "\n";
      return;
    case FlowForm::kTable:
    case FlowForm::kWide:
      AddRow(line.flow);
      return;
    case FlowForm::kJson:
      out_ << TerminalSafeJson(line.text) << "\n";
      return;
    case FlowForm::kOcsf:
    case FlowForm::kZeek:
    case FlowForm::kHubble:
      PrintForeign(line.flow);
      return;
  }
}

void FlowPrinter::PrintForeign(const Flow& flow) {
  text_.clear();
  if (form_ == FlowForm::kOcsf) flows::AppendOcsf(flow, &text_);
  if (form_ == FlowForm::kZeek) flows::AppendZeek(flow, &text_);
  if (form_ == FlowForm::kHubble) flows::AppendHubble(flow, &text_);
  if (!text_.empty()) out_ << TerminalSafeJson(text_) << "\n";
}

void FlowPrinter::Flush() {
  if (table_ != nullptr) table_->Flush();
  out_.flush();
}

bool FlowPrinter::good() const { return out_.good(); }

std::string FlowPrinter::Endpoint(const FlowEndpoint& endpoint, absl::string_view home) const {
  const std::string name = PrintableEscaped(NameOf(endpoint, home));
  const Color color = endpoint.principal.empty() ? Color::kMagenta : Color::kCyan;
  return painter_.Paint(color, WithPort(name, endpoint.port));
}

std::string FlowPrinter::Compact(const Flow& flow) const {
  std::string line = absl::StrCat(UtcText(flow.time, kTimeDigits), ": ");
  if (OfTheLog(flow)) {
    const std::string text = PrintableEscaped(absl::StrCat(flow.event, " ", AboutTheLog(flow)));
    return line + painter_.Paint(LogColor(flow), text);
  }
  const absl::string_view home = flows::HomeDomain(flow);
  absl::StrAppend(&line, Endpoint(flow.source, home), " -> ", Endpoint(flow.destination, home));
  if (!flow.protocol.empty()) {
    absl::StrAppend(&line, " ", absl::AsciiStrToLower(PrintableEscaped(flow.protocol)));
  }
  const std::string request = RequestText(flow, flow.http.path);
  if (!request.empty()) absl::StrAppend(&line, " ", PrintableEscaped(request));
  // A line that tells of an end says of what by itself.
  if (!flows::Ended(flow) || (request.empty() && flow.event != flows::kCloseEvent)) {
    absl::StrAppend(&line, " ", PrintableEscaped(flow.event));
  }
  absl::StrAppend(&line, " ",
                  painter_.Paint(VerdictColor(flow.verdict), PrintableEscaped(flow.verdict)));
  const std::string why = Why(flow);
  if (!why.empty()) absl::StrAppend(&line, " (", PrintableEscaped(why), ")");
  if (flow.event == flows::kOpenEvent) return line;
  absl::StrAppend(&line, " ", HumanBytes(flows::SentBytes(flow)), "/",
                  HumanBytes(flows::ReceivedBytes(flow)), " ", HumanMicros(DurationOf(flow)));
  return line;
}

void FlowPrinter::AddRow(const Flow& flow) {
  const bool of_log = OfTheLog(flow);
  const absl::string_view home = flows::HomeDomain(flow);
  std::vector<Cell> row = {
      UtcText(flow.time, kTimeDigits),
      of_log ? "" : WithPort(NameOf(flow.source, home), flow.source.port),
      of_log ? "" : WithPort(NameOf(flow.destination, home), flow.destination.port),
      absl::AsciiStrToLower(flow.protocol),
      RequestText(flow, flows::RouteOf(flow)),
      of_log ? Cell(flow.event, LogColor(flow)) : Cell(flow.verdict, VerdictColor(flow.verdict)),
      of_log                     ? AboutTheLog(flow)
      : form_ == FlowForm::kWide ? flow.reason
                                 : ReasonText(flow),
      RuleName(flow),
      of_log ? "" : HumanBytes(flows::SentBytes(flow)),
      of_log ? "" : HumanBytes(flows::ReceivedBytes(flow)),
      of_log ? "" : HumanMicros(DurationOf(flow))};
  if (form_ == FlowForm::kWide) {
    const std::string& reporter =
        flow.reporter.node.empty() ? flow.reporter.workload : flow.reporter.node;
    for (const std::string& text :
         {flow.event, flow.direction, reporter, flow.source.ip, flow.destination.ip,
          absl::StrJoin({flow.tls.version, flow.tls.cipher, flow.tls.group}, " "),
          flow.http.authority, flow.http.path, flow.http.user_agent, flow.trace_id,
          flow.close_reason, flow.policy.revision, flow.flow_id, flow.detail}) {
      row.emplace_back(std::string(absl::StripAsciiWhitespace(text)));
    }
  }
  table_->AddRow(std::move(row));
}

}  // namespace firebreak::cli
