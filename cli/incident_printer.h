// Incidents for people and for machines.
#ifndef FIREBREAK_CLI_INCIDENT_PRINTER_H_
#define FIREBREAK_CLI_INCIDENT_PRINTER_H_

#include <string>
#include <vector>

#include "cli/command.h"
#include "detect/incidents.h"
#include "detect/labels.h"
#include "detect/names.h"
#include "detect/notes.h"

namespace firebreak::cli {

// FindIncident takes the number of an incident, or the beginning of its uid; null: there is none.
const detect::Incident* FindIncident(const std::vector<const detect::Incident*>& incidents,
                                     const std::string& id);

// OcsfOf is the incident as one line: an OCSF Detection Finding (class 2004, schema 1.3), without a
// line feed.
std::string OcsfOf(const detect::Incident& incident, const detect::Notes::Answer& answer,
                   detect::Labels& labels, const detect::Names& names);

// PrintTable prints a row for each.
void PrintTable(const std::vector<const detect::Incident*>& incidents, const detect::Notes& notes,
                const detect::Names& names, CommandContext& context);

// PrintIncidents prints the table, and below it each in words.
void PrintIncidents(const std::vector<const detect::Incident*>& incidents,
                    const detect::Notes& notes, const detect::Names& names,
                    CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_PRINTER_H_
