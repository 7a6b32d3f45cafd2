#include "cli/inspect_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/inspect_baseline_command.h"
#include "cli/inspect_corpus_command.h"
#include "cli/inspect_pack_command.h"
#include "cli/inspect_pcap_command.h"
#include "cli/inspect_request_command.h"
#include "cli/inspect_stream_command.h"

namespace firebreak::cli {

void AddInspectCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("inspect", "What inspection says of given bytes, and why");
  command.require_subcommand(1);
  AddInspectRequest(command, context);
  AddInspectStream(command, context);
  AddInspectPcap(command, context);
  AddInspectCorpus(command, context);
  AddInspectBaseline(command, context);
  AddInspectPack(command, context);
}

}  // namespace firebreak::cli
