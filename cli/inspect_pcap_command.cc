#include "cli/inspect_pcap_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/escape.h"
#include "base/status.h"
#include "cli/bounded_input.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/risk_printer.h"
#include "cli/terminal.h"
#include "inspect/capture/capture_inspector.h"

namespace firebreak::cli {
namespace {

struct PcapFlags {
  std::vector<std::string> files;
  bool json = false;
  bool risky = false;
};

// What is said in the end, over all files.
struct Totals {
  size_t flows = 0;
  size_t risky = 0;
  std::map<absl::string_view, size_t> protocols;
};

absl::string_view TransportName(inspect::Transport transport) {
  return transport == inspect::Transport::kTcp ? "tcp" : "udp";
}

std::string FlowJson(const std::string& file, const inspect::CaptureInspector& inspector,
                     size_t i) {
  const inspect::CapturedFlow& flow = inspector.flows()[i];
  const inspect::Identity seen = inspector.identity(i);
  return JsonObject()
      .AddText("file", file)
      .AddText("transport", TransportName(flow.transport))
      .AddText("client", flow.client.ToString())
      .AddText("server", flow.server.ToString())
      .AddBool("opening_seen", flow.opening_seen)
      .AddText("protocol", inspect::ProtocolName(seen.protocol))
      .AddText("confidence", inspect::ConfidenceName(seen.confidence))
      .Add("packets", absl::StrCat(flow.packets))
      .Add("client_bytes", absl::StrCat(flow.bytes[0]))
      .Add("server_bytes", absl::StrCat(flow.bytes[1]))
      .Add("risks", RisksJson(inspector.risks(i)))
      .str();
}

void PrintFlows(const inspect::CaptureInspector& inspector, bool risky_only,
                CommandContext& context) {
  Table table({"CLIENT", "SERVER", "OVER", "PROTOCOL", "SURE", "SENT", "RECEIVED", "RISKS"},
              Painter(context.UseColor()), context.out);
  for (size_t i = 0; i < inspector.flows().size(); ++i) {
    const inspect::CapturedFlow& flow = inspector.flows()[i];
    const auto& risks = inspector.risks(i);
    if (risky_only && risks.empty()) continue;
    const inspect::Identity seen = inspector.identity(i);
    std::vector<absl::string_view> ids;
    ids.reserve(risks.size());
    for (const inspect::Risk& risk : risks) ids.push_back(inspect::InfoOf(risk.kind).id);
    table.AddRow({flow.client.ToString(), flow.server.ToString(),
                  std::string(TransportName(flow.transport)),
                  std::string(inspect::ProtocolName(seen.protocol)),
                  std::string(inspect::ConfidenceName(seen.confidence)), HumanBytes(flow.bytes[0]),
                  HumanBytes(flow.bytes[1]),
                  Cell(absl::StrJoin(ids, " "), AnySerious(risks) ? Color::kRed : Color::kNone)});
  }
}

void PrintWhy(const inspect::CaptureInspector& inspector, CommandContext& context) {
  for (size_t i = 0; i < inspector.flows().size(); ++i) {
    const inspect::CapturedFlow& flow = inspector.flows()[i];
    if (inspector.risks(i).empty()) continue;
    context.out << "\n" << flow.client.ToString() << " -> " << flow.server.ToString() << "\n";
    for (const inspect::Risk& risk : inspector.risks(i)) PrintRisk(risk, context);
  }
}

void Count(const inspect::CaptureInspector& inspector, Totals* totals) {
  totals->flows += inspector.flows().size();
  for (size_t i = 0; i < inspector.flows().size(); ++i) {
    ++totals->protocols[inspect::ProtocolName(inspector.identity(i).protocol)];
    if (AnySerious(inspector.risks(i))) ++totals->risky;
  }
}

void PrintTotals(const Totals& totals, CommandContext& context) {
  context.out << "\n"
              << totals.flows << (totals.flows == 1 ? " flow, " : " flows, ") << totals.risky
              << " with risks\n";
  std::vector<std::pair<size_t, absl::string_view>> protocols;
  protocols.reserve(totals.protocols.size());
  for (const auto& [name, count] : totals.protocols) protocols.emplace_back(count, name);
  std::sort(protocols.rbegin(), protocols.rend());
  for (const auto& [count, name] : protocols) context.out << "  " << name << " " << count << "\n";
}

absl::Status Inspect(const PcapFlags& flags, CommandContext& context) {
  Totals totals;
  for (const std::string& file : flags.files) {
    FB_ASSIGN_OR_RETURN(const std::string bytes, ReadInput(file, kMostCaptureBytes, context));
    auto capture = inspect::CaptureFile::Open(bytes);
    if (!capture.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": ", capture.status().message()));
    }
    inspect::CaptureInspector inspector;
    inspect::CapturedPacket packet;
    while (capture->Next(&packet)) inspector.Add(packet);
    inspector.Finish();
    if (capture->damaged()) {
      context.err << PrintableEscaped(file) << ": damaged after packet " << inspector.packets()
                  << "; what comes before is shown\n";
    }
    Count(inspector, &totals);
    if (flags.json) {
      for (size_t i = 0; i < inspector.flows().size(); ++i) {
        if (flags.risky && inspector.risks(i).empty()) continue;
        context.out << FlowJson(file, inspector, i) << "\n";
      }
      continue;
    }
    if (flags.files.size() > 1) context.out << PrintableEscaped(file) << "\n";
    PrintFlows(inspector, flags.risky, context);
    PrintWhy(inspector, context);
  }
  if (!flags.json) PrintTotals(totals, context);
  context.exit_code = totals.risky > 0 ? kExitNo : kExitYes;
  return absl::OkStatus();
}

}  // namespace

void AddInspectPcap(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command = *inspect_command.add_subcommand(
      "pcap", "What is spoken in the flows of captures, and what is suspicious about them");
  auto flags = std::make_shared<PcapFlags>();
  command
      .add_option("FILE", flags->files,
                  "pcap or pcapng, 512 MiB at most; - reads from standard input")
      ->required();
  command.add_flag("--risky", flags->risky, "Only flows with risks");
  AddChoice<bool>(command, "-o,--output", flags->json, {{"table", false}, {"json", true}},
                  "How to print");
  command.callback([flags, &context] {
    const absl::Status status = Inspect(*flags, context);
    if (!status.ok()) context.exit_code = Fail(context, status);
  });
}

}  // namespace firebreak::cli
