// `firebreak incident list`, `ack`, `mute` and `reopen`: what people say of incidents.
#ifndef FIREBREAK_CLI_INCIDENT_NOTES_COMMAND_H_
#define FIREBREAK_CLI_INCIDENT_NOTES_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddIncidentNotesCommands adds them to `firebreak incident`.
void AddIncidentNotesCommands(CLI::App& incident, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_NOTES_COMMAND_H_
