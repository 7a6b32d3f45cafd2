// `firebreak flows query` and `flows views`.
#ifndef FIREBREAK_CLI_FLOWS_QUERY_H_
#define FIREBREAK_CLI_FLOWS_QUERY_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsQuery(CLI::App& flows_command, CommandContext& context);
void AddFlowsViews(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_QUERY_H_
