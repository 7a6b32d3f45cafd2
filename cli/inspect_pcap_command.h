// `firebreak inspect pcap`: what inspection says of the flows of captures.
#ifndef FIREBREAK_CLI_INSPECT_PCAP_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_PCAP_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddInspectPcap(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_PCAP_COMMAND_H_
