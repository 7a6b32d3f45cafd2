// Running the detector over flow logs: what `detect` and `incident` share.
#ifndef FIREBREAK_CLI_DETECT_RUN_H_
#define FIREBREAK_CLI_DETECT_RUN_H_

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/flow_input.h"
#include "detect/detector.h"
#include "detect/labels.h"
#include "detect/notes.h"

namespace firebreak::cli {

// DetectInput is what the detector is given, as it was typed.
struct DetectInput {
  FlowInput flows;
  std::string baseline;
  std::string labels;
  std::string notes;
  std::string learn;
  std::string train_until;
  std::vector<std::string> also;  // signals that are off by default
  size_t budget = detect::Incidents::Settings().daily_budget;
};

// AddDetectInput adds the options, but for the logs themselves; input outlives the parse.
void AddDetectInput(CLI::App& command, DetectInput& input);

// DetectRun is a detector with what people have told it.
struct DetectRun {
  detect::Detector detector;
  detect::Labels labels;
  detect::Notes notes;
};

// NotesPath is where notes are kept: as it was said, or beside the baseline; "" without either.
std::string NotesPath(const DetectInput& input);

// ReadNotes reads them; a file that is not there holds none. nullopt: told of on err, with
// exit_code set.
std::optional<detect::Notes> ReadNotes(const std::string& path, CommandContext& context);

// MakeDetector is a detector that has seen nothing yet. nullopt: told of on err, with exit_code
// set.
std::optional<DetectRun> MakeDetector(const DetectInput& input, CommandContext& context);

// OnIncidents is told of incidents that were raised or went on, as soon as they do.
using OnIncidents = std::function<void(const std::vector<const detect::Incident*>&)>;

// FeedAll reads everything into the run's detector. False: told of on err, with exit_code set.
bool FeedAll(const DetectInput& input, DetectRun& run, const OnIncidents& on_incidents,
             CommandContext& context);

// FollowHooks: save is called when all that was there is read, and then every five minutes in which
// something came.
struct FollowHooks {
  OnIncidents on_incidents;
  std::function<void()> save;
};

// Follow goes on reading logs as they grow until stop is raised. What would be held back for
// records that might still come is judged once nothing has come for as long. False as above.
bool Follow(const DetectInput& input, DetectRun& run, const FollowHooks& hooks,
            const std::atomic<bool>& stop, CommandContext& context);

// RunDetector makes one and feeds it. nullopt: told of on err, with exit_code set.
std::optional<DetectRun> RunDetector(const DetectInput& input, CommandContext& context);

// LoadBaseline restores what --save-baseline wrote before now.
absl::Status LoadBaseline(const std::string& path, absl::Time now, detect::Detector& detector);

// FailUsage fails with exit code 2 whatever the status is: a file that is not there is no target.
void FailUsage(CommandContext& context, const absl::Status& status);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_DETECT_RUN_H_
