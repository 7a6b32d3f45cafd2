// `firebreak inspect corpus`.
#ifndef FIREBREAK_CLI_INSPECT_CORPUS_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_CORPUS_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddInspectCorpus adds the command below `inspect`.
void AddInspectCorpus(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_CORPUS_COMMAND_H_
