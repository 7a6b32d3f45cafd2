// The forms in which an explanation is printed.
#ifndef FIREBREAK_CLI_EXPLANATION_PRINTER_H_
#define FIREBREAK_CLI_EXPLANATION_PRINTER_H_

#include "cli/command.h"
#include "policy/workbench/explanation.h"

namespace firebreak::cli {

void PrintExplanation(const policy::PolicyQuestion& question, const policy::Explanation& why,
                      CommandContext& context);
// PrintExplanationJson prints one JSON object.
void PrintExplanationJson(const policy::PolicyQuestion& question, const policy::Explanation& why,
                          CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_EXPLANATION_PRINTER_H_
