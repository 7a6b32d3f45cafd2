// Running the detector over flow logs: what `detect` and `incident` share.
#ifndef FIREBREAK_CLI_DETECT_RUN_H_
#define FIREBREAK_CLI_DETECT_RUN_H_

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/flow_input.h"
#include "detect/detector.h"
#include "detect/labels.h"

namespace firebreak::cli {

// DetectInput is what the detector is given, as it was typed.
struct DetectInput {
  FlowInput flows;
  std::string baseline;
  std::string labels;
  std::string learn;
  std::string train_until;
  size_t budget = detect::Incidents::Settings().daily_budget;
};

// AddDetectInput adds the options, but for the logs themselves; input outlives the parse.
void AddDetectInput(CLI::App& command, DetectInput& input);

// DetectRun is a detector that has seen all of its input.
struct DetectRun {
  detect::Detector detector;
  detect::Labels labels;
};

// RunDetector reads everything. nullopt: told of on err, with exit_code set.
std::optional<DetectRun> RunDetector(const DetectInput& input, CommandContext& context);

// LoadBaseline restores what --save-baseline wrote.
absl::Status LoadBaseline(const std::string& path, detect::Detector& detector);

// FailUsage fails with exit code 2 whatever the status is: a file that is not there is no target.
void FailUsage(CommandContext& context, const absl::Status& status);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_DETECT_RUN_H_
