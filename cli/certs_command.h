// `firebreak certs`: a development CA, and the proxy's own SVID validation on the command line.
#ifndef FIREBREAK_CLI_CERTS_COMMAND_H_
#define FIREBREAK_CLI_CERTS_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddCertsCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CERTS_COMMAND_H_
