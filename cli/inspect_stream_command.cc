#include "cli/inspect_stream_command.h"

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

#include "base/status.h"
#include "cli/bounded_input.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/risk_printer.h"
#include "config/diagnostics.h"
#include "config/did_you_mean.h"
#include "inspect/secrets/secret_rules.h"
#include "inspect/stream/stream_inspector.h"

namespace firebreak::cli {
namespace {

struct StreamFlags {
  std::string client;
  std::string server;
  std::string declared;
  std::vector<std::string> secrets;
  uint16_t port = 0;
  bool json = false;
};

absl::StatusOr<inspect::StreamOptions> OptionsOf(const StreamFlags& flags) {
  inspect::StreamOptions options;
  options.server_port = flags.port;
  config::Diagnostics diagnostics;
  options.secrets = inspect::LoadSecretRules(flags.secrets, &diagnostics);
  if (!diagnostics.ok()) return absl::InvalidArgumentError(diagnostics.Format(/*color=*/false));
  if (flags.declared.empty()) return options;
  options.declared = inspect::ParseProtocol(flags.declared);
  if (options.declared.has_value()) return options;
  std::vector<absl::string_view> names;
  names.reserve(inspect::kProtocolCount);
  for (const inspect::ProtocolInfo& info : inspect::AllProtocols()) names.push_back(info.name);
  const std::string hint = config::DidYouMean(flags.declared, names);
  return absl::InvalidArgumentError(absl::StrCat("--declared: \"", flags.declared,
                                                 "\" is no protocol that is known by its bytes",
                                                 hint.empty() ? "" : "; ", hint));
}

absl::Status Inspect(const StreamFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const inspect::StreamOptions options, OptionsOf(flags));
  FB_ASSIGN_OR_RETURN(const std::string client, ReadInput(flags.client, kMostInputBytes, context));
  std::string server;
  if (!flags.server.empty()) {
    FB_ASSIGN_OR_RETURN(server, ReadInput(flags.server, kMostInputBytes, context));
  }
  inspect::StreamInspector inspector(options);
  inspector.Feed(inspect::Side::kClient, client, 0);
  inspector.Feed(inspect::Side::kServer, server, 0);
  inspector.Finish();
  const inspect::Identity seen = inspector.identity();
  const absl::string_view confidence = inspect::ConfidenceName(seen.confidence);
  if (flags.json) {
    context.out << JsonObject()
                       .AddText("protocol", inspect::ProtocolName(seen.protocol))
                       .AddText("confidence", confidence)
                       .Add("risks", RisksJson(inspector.risks()))
                       .str()
                << "\n";
  } else {
    context.out << inspect::ProtocolName(seen.protocol);
    if (seen.protocol != inspect::Protocol::kUnknown) context.out << " (" << confidence << ")";
    context.out << "\n";
    for (const inspect::Risk& risk : inspector.risks()) PrintRisk(risk, context);
  }
  context.exit_code = AnySerious(inspector.risks()) ? kExitNo : kExitYes;
  return absl::OkStatus();
}

}  // namespace

void AddInspectStream(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command = *inspect_command.add_subcommand(
      "stream", "What is spoken in the bytes of a connection, and what is suspicious about it");
  auto flags = std::make_shared<StreamFlags>();
  command
      .add_option("FILE", flags->client,
                  "What the client sent, 64 MiB at most; - reads from standard input")
      ->required();
  command.add_option("--server", flags->server, "What the server sent, as much")
      ->option_text("FILE");
  command
      .add_option("--declared", flags->declared,
                  "The protocol that the listener or the rule declares, such as http1 or mysql")
      ->option_text("PROTOCOL");
  command
      .add_option("--secrets", flags->secrets,
                  "Look for the secrets of these rules too, as data_loss.rules of a sidecar does")
      ->option_text("FILE")
      ->allow_extra_args(false);
  command.add_option("--port", flags->port, "The server's port")->option_text("PORT");
  AddChoice<bool>(command, "-o,--output", flags->json, {{"table", false}, {"json", true}},
                  "How to print");
  command.callback([flags, &context] {
    const absl::Status status = Inspect(*flags, context);
    if (!status.ok()) context.exit_code = Fail(context, status);
  });
}

}  // namespace firebreak::cli
