// `firebreak flows schema`.
#ifndef FIREBREAK_CLI_FLOWS_SCHEMA_H_
#define FIREBREAK_CLI_FLOWS_SCHEMA_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsSchema(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_SCHEMA_H_
