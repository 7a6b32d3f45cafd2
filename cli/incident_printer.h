// Incidents for people and for machines.
#ifndef FIREBREAK_CLI_INCIDENT_PRINTER_H_
#define FIREBREAK_CLI_INCIDENT_PRINTER_H_

#include <string>
#include <vector>

#include "cli/command.h"
#include "detect/incidents.h"
#include "detect/labels.h"
#include "detect/names.h"

namespace firebreak::cli {

// UidOf follows from the first flow, so that the same records give the same uid.
std::string UidOf(const detect::Incident& incident);

// OcsfOf is the incident as one line: an OCSF Detection Finding (class 2004, schema 1.3), without a
// line feed.
std::string OcsfOf(const detect::Incident& incident, detect::Labels& labels,
                   const detect::Names& names);

// PrintIncidents prints a table with a row for each, and below it each in words.
void PrintIncidents(const std::vector<const detect::Incident*>& incidents,
                    const detect::Names& names, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_PRINTER_H_
