// Printing what inspection says of streams.
#ifndef FIREBREAK_CLI_RISK_PRINTER_H_
#define FIREBREAK_CLI_RISK_PRINTER_H_

#include <string>
#include <vector>

#include "cli/command.h"
#include "inspect/stream/risk.h"

namespace firebreak::cli {

// RisksJson is a list of {"id", "severity", "title", "why"}.
std::string RisksJson(const std::vector<inspect::Risk>& risks);

// PrintRisk prints one line under what it is about.
void PrintRisk(const inspect::Risk& risk, CommandContext& context);

// Whether one of them is worse than low: then a command's answer is no.
bool AnySerious(const std::vector<inspect::Risk>& risks);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_RISK_PRINTER_H_
