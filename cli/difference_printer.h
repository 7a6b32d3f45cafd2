// Differences between policies, for people and for programs.
#ifndef FIREBREAK_CLI_DIFFERENCE_PRINTER_H_
#define FIREBREAK_CLI_DIFFERENCE_PRINTER_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "policy/workbench/compare.h"
#include "policy/workbench/replay.h"

namespace firebreak::cli {

// DifferenceWords are how a difference is introduced, and the two answers to its example.
struct DifferenceWords {
  std::string newly_allowed = "+ newly allowed";
  std::string newly_denied = "- newly denied";
  std::string before = "was ";
  std::string after = "is ";
};

// PrintDifferences prints each difference with a question that shows it.
void PrintDifferences(const policy::Comparison& comparison, const DifferenceWords& words,
                      const Painter& painter, std::ostream& out);

// PrintChanges prints the recorded traffic that changes, the most frequent first.
void PrintChanges(const std::vector<policy::Change>& changes, const Painter& painter,
                  std::ostream& out);

// JSON lists of the same.
std::string DifferencesJson(const policy::Comparison& comparison);
std::string ChangesJson(const std::vector<policy::Change>& changes);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_DIFFERENCE_PRINTER_H_
